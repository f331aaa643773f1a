// A board over a photo on which somebody draws with mouse, pen, finger or keys; a stroke is handed on when it is lifted.
import { Cross, type Point } from "./cross";

const share = 0.018; // radius of the brush, of the photo's longer side
const pointsMost = 1500; // of a stroke

// Drawer is for whom strokes are drawn.
export interface Drawer {
  keeps(): boolean; // what is drawn over stays, and does not go
  draws(now: boolean): void; // a hand is on the board
  drawn(stroke: string): void; // as the server reads it
  points(at: Point, down: boolean): void; // where the keyboard's cross is
}

export class Brush {
  private points: Point[] = [];
  private radius: number;
  private cross: Cross;

  constructor(
    private canvas: HTMLCanvasElement,
    private size: Point,
    at: Point,
    private to: Drawer,
  ) {
    this.radius = Math.max(...size) * share;
    const hand = { down: this.down, move: this.move, lift: this.lift, drop: this.drop, show: this.paint };
    this.cross = new Cross(canvas, size, at, hand, (p, down) => to.points(p, down));
    canvas.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      canvas.setPointerCapture(e.pointerId);
      this.down(this.at(e));
    });
    canvas.addEventListener("pointermove", (e) => {
      if (canvas.hasPointerCapture(e.pointerId)) this.move(this.at(e));
    });
    canvas.addEventListener("pointerup", this.lift);
    canvas.addEventListener("pointercancel", this.drop);
  }

  private at(e: PointerEvent): Point {
    const r = this.canvas.getBoundingClientRect();
    const clamp = (v: number, most: number): number => Math.min(Math.max(Math.round(v), 0), most - 1);
    const [w, h] = this.size;
    return [clamp(((e.clientX - r.left) / r.width) * w, w), clamp(((e.clientY - r.top) / r.height) * h, h)];
  }

  private down = (p: Point): void => {
    this.to.draws(true);
    this.points = [p];
    this.paint();
  };

  private move = (p: Point): void => {
    if (this.points.length > pointsMost) return;
    this.points.push(p);
    this.paint();
  };

  private lift = (): void => {
    this.to.draws(false);
    if (!this.points.length) return;
    const stroke = `${this.to.keeps() ? "keep" : "remove"} ${this.radius.toFixed(1)} ${this.points.map((p) => p.join(",")).join(" ")}`;
    this.points = [];
    this.to.drawn(stroke);
  };

  private drop = (): void => {
    this.to.draws(false);
    this.points = [];
    this.paint();
  };

  private paint = (): void => {
    const { canvas, points } = this;
    const r = canvas.getBoundingClientRect();
    if (canvas.width !== Math.round(r.width)) [canvas.width, canvas.height] = [Math.round(r.width), Math.round(r.height)];
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const k = canvas.width / this.size[0];
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.lineWidth = 2 * this.radius * k;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = this.to.keeps() ? "rgb(40 140 90 / 55%)" : "rgb(190 60 40 / 55%)";
    pen.beginPath();
    points.forEach(([x, y], i) => (i ? pen.lineTo(x * k, y * k) : pen.moveTo(x * k, y * k)));
    if (points.length === 1) pen.lineTo(points[0]![0] * k + 0.1, points[0]![1] * k);
    pen.stroke();
    this.cross.paint(pen, k);
  };
}
