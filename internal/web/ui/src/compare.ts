// <easel-compare> lays the photo over its portrait and lets a line uncover it. At rest it shows the portrait alone.
// A range input carries the keyboard and what is read aloud; touch and mouse work on the whole picture.
export class Compare extends HTMLElement {
  private range: HTMLInputElement | null = null;

  connectedCallback(): void {
    if (this.range) return;
    const range = document.createElement("input");
    range.type = "range";
    range.min = "0";
    range.max = "100";
    range.step = "1";
    range.value = "0";
    range.dir = "ltr"; // the photo lies on the left in every language
    range.setAttribute("aria-label", this.dataset["label"] ?? "");
    range.addEventListener("input", () => this.put(range.valueAsNumber));
    const line = document.createElement("span");
    line.className = "compare-line";
    const grip = document.createElement("span");
    grip.className = "compare-grip";
    grip.append(arrows());
    this.append(line, grip, range);
    this.range = range;
    this.addEventListener("pointerdown", (e) => this.grab(e));
    this.addEventListener("pointermove", (e) => this.drag(e));
    this.addEventListener("dragstart", (e) => e.preventDefault());
  }

  private grab(e: PointerEvent): void {
    if (e.button !== 0) return;
    this.setPointerCapture(e.pointerId);
    this.follow(e);
  }

  private drag(e: PointerEvent): void {
    if (this.hasPointerCapture(e.pointerId)) this.follow(e);
  }

  private follow(e: PointerEvent): void {
    const box = this.getBoundingClientRect();
    this.put(((e.clientX - box.left) / box.width) * 100);
  }

  private put(percent: number): void {
    const at = Math.min(100, Math.max(0, percent));
    this.style.setProperty("--at", `${at.toFixed(2)}%`);
    this.toggleAttribute("data-moved", at > 0);
    if (this.range) this.range.value = String(Math.round(at));
  }
}

function arrows(): SVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("width", "20");
  svg.setAttribute("height", "20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(ns, "path");
  path.setAttribute("d", "M8.5 7 3.5 12l5 5M15.5 7l5 5-5 5");
  svg.append(path);
  return svg;
}
