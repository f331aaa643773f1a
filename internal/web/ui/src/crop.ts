// <easel-crop> lets the reader move and size the frame that says how much of the photo is drawn, with pointer or keys.
type Rect = { x0: number; y0: number; x1: number; y1: number };
type Grip = "move" | "tl" | "tr" | "bl" | "br";

const corners: readonly Grip[] = ["tl", "tr", "bl", "br"];

export class Crop extends HTMLElement {
  private rect: Rect = { x0: 0, y0: 0, x1: 0, y1: 0 };
  private grips = new Map<Grip, HTMLElement>();
  private held: { grip: Grip; x: number; y: number; from: Rect } | null = null;

  private get w(): number {
    return Number(this.dataset["w"]);
  }
  private get h(): number {
    return Number(this.dataset["h"]);
  }
  private get least(): number {
    return Math.min(this.w, this.h, Math.max(64, Math.round(Math.min(this.w, this.h) / 8)));
  }

  connectedCallback(): void {
    if (this.grips.size > 0) return;
    for (const name of ["move", ...corners] as Grip[]) this.add(name);
    this.form()?.addEventListener("change", () => this.follow());
    this.follow();
  }

  private form(): HTMLFormElement | null {
    return this.closest("form");
  }

  private add(name: Grip): void {
    const grip = document.createElement("button");
    grip.type = "button";
    grip.className = name === "move" ? "crop-box" : "crop-corner";
    grip.dataset["at"] = name;
    grip.setAttribute("aria-label", this.dataset[name] ?? name);
    grip.addEventListener("pointerdown", (e) => this.grab(e, name));
    grip.addEventListener("pointermove", (e) => this.drag(e));
    for (const end of ["pointerup", "pointercancel"]) grip.addEventListener(end, () => (this.held = null));
    grip.addEventListener("keydown", (e) => this.key(e, name));
    this.grips.set(name, grip);
    this.append(grip);
  }

  // follow takes the frame of the radio button that is chosen.
  private follow(): void {
    const chosen = this.form()?.querySelector<HTMLInputElement>('input[name="crop"]:checked');
    const told = chosen?.dataset["rect"]?.split(" ").map(Number);
    if (!told || told.length !== 4) return;
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = told;
    this.put({ x0, y0, x1, y1 });
  }

  private grab(e: PointerEvent, grip: Grip): void {
    if (e.button !== 0) return;
    e.preventDefault();
    this.grips.get(grip)?.focus({ preventScroll: true });
    (e.currentTarget as HTMLElement).setPointerCapture(e.pointerId);
    this.held = { grip, x: e.clientX, y: e.clientY, from: { ...this.rect } };
  }

  private drag(e: PointerEvent): void {
    if (!this.held) return;
    const scale = this.w / this.getBoundingClientRect().width;
    const { grip, x, y, from } = this.held;
    this.own(this.moved(from, grip, Math.round((e.clientX - x) * scale), Math.round((e.clientY - y) * scale)));
  }

  private key(e: KeyboardEvent, grip: Grip): void {
    const step = Math.max(1, Math.round(Math.min(this.w, this.h) / (e.shiftKey ? 10 : 50)));
    const by: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const d = by[e.key];
    if (!d) return;
    e.preventDefault();
    this.own(this.moved(this.rect, grip, d[0], d[1]));
  }

  private moved(from: Rect, grip: Grip, dx: number, dy: number): Rect {
    if (grip === "move") {
      const x = clamp(dx, -from.x0, this.w - from.x1);
      const y = clamp(dy, -from.y0, this.h - from.y1);
      return { x0: from.x0 + x, y0: from.y0 + y, x1: from.x1 + x, y1: from.y1 + y };
    }
    const to = { ...from };
    if (grip === "tl" || grip === "bl") to.x0 = clamp(from.x0 + dx, 0, from.x1 - this.least);
    else to.x1 = clamp(from.x1 + dx, from.x0 + this.least, this.w);
    if (grip === "tl" || grip === "tr") to.y0 = clamp(from.y0 + dy, 0, from.y1 - this.least);
    else to.y1 = clamp(from.y1 + dy, from.y0 + this.least, this.h);
    return to;
  }

  // own shows a frame of the reader's own making and says so in the form.
  private own(rect: Rect): void {
    this.put(rect);
    const radio = this.form()?.querySelector<HTMLInputElement>('input[name="crop"][value="own"]');
    if (radio) radio.checked = true;
  }

  private put(rect: Rect): void {
    this.rect = rect;
    const { x0, y0, x1, y1 } = rect;
    const { w, h } = this;
    this.querySelector(".shade path")?.setAttribute("d", `M0 0H${w}V${h}H0ZM${x0} ${y0}V${y1}H${x1}V${y0}Z`);
    const box = this.grips.get("move");
    box?.style.setProperty("--l", `${(x0 / w) * 100}%`);
    box?.style.setProperty("--t", `${(y0 / h) * 100}%`);
    box?.style.setProperty("--w", `${((x1 - x0) / w) * 100}%`);
    box?.style.setProperty("--h", `${((y1 - y0) / h) * 100}%`);
    for (const name of corners) {
      const corner = this.grips.get(name);
      corner?.style.setProperty("--x", `${((name === "tl" || name === "bl" ? x0 : x1) / w) * 100}%`);
      corner?.style.setProperty("--y", `${((name === "tl" || name === "tr" ? y0 : y1) / h) * 100}%`);
    }
    for (const [name, value] of Object.entries(rect)) {
      const field = this.form()?.querySelector<HTMLInputElement>(`input[name="${name}"]`);
      if (field) field.value = String(value);
    }
  }
}

function clamp(v: number, lo: number, hi: number): number {
  return Math.min(hi, Math.max(lo, v));
}
