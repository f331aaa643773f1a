// A cross over a picture, for whoever draws with the keyboard: arrows move it, space or enter puts the brush down and lifts it again,
// escape takes back what is not lifted yet.

export type Point = [number, number]; // in pixels of the photo

// Hand is what draws.
export interface Hand {
  down(at: Point): void;
  move(at: Point): void;
  lift(): void;
  drop(): void;
  show(): void; // the picture is to be painted again
}

const steps = 50; // over the shorter side; a long one is five of them

export class Cross {
  private drawing = false;

  // say is told where the cross is, and whether the brush is down.
  constructor(
    private canvas: HTMLCanvasElement,
    private size: Point,
    public at: Point,
    private hand: Hand,
    private say: (at: Point, down: boolean) => void,
  ) {
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.addEventListener("keydown", (e) => this.key(e));
    canvas.addEventListener("focus", () => hand.show());
    canvas.addEventListener("blur", () => {
      this.end(false);
      hand.show();
    });
  }

  private key(e: KeyboardEvent): void {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const step = Math.max(1, Math.round(Math.min(...this.size) / steps)) * (e.shiftKey ? 5 : 1);
    const by: Record<string, Point> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const d = by[e.key];
    if (d) this.go(d);
    else if (e.key === " " || e.key === "Enter") this.press(e.repeat);
    else if (e.key === "Escape" && this.drawing) this.end(false);
    else return;
    e.preventDefault();
  }

  private go(by: Point): void {
    const within = (v: number, most: number): number => Math.min(Math.max(v, 0), most - 1);
    this.at = [within(this.at[0] + by[0], this.size[0]), within(this.at[1] + by[1], this.size[1])];
    if (this.drawing) this.hand.move(this.at);
    this.hand.show();
    this.say(this.at, this.drawing);
  }

  // press puts the brush down, or lifts it; a key that is held down does neither again.
  private press(held: boolean): void {
    if (held) return;
    if (this.drawing) {
      this.end(true);
      return;
    }
    this.drawing = true;
    this.hand.down(this.at);
    this.say(this.at, true);
  }

  private end(counts: boolean): void {
    if (!this.drawing) return;
    this.drawing = false;
    if (counts) this.hand.lift();
    else this.hand.drop();
    this.say(this.at, false);
  }

  // paint draws the cross while the keyboard is here.
  paint(pen: CanvasRenderingContext2D, k: number): void {
    if (!this.canvas.matches(":focus-visible")) return;
    const [x, y] = [this.at[0] * k, this.at[1] * k];
    const line = (wide: number, colour: string): void => {
      pen.lineWidth = wide;
      pen.strokeStyle = colour;
      pen.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
        pen.moveTo(x + 4 * dx, y + 4 * dy);
        pen.lineTo(x + 16 * dx, y + 16 * dy);
      }
      pen.stroke();
    };
    line(5, "rgb(0 0 0 / 70%)"); // seen on light and dark alike
    line(2, "#fff");
  }
}
