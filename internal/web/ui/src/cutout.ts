// <easel-cutout> keeps the cutout studio's page alive: its forms answer in place, news are asked for while something is being
// worked on, strokes are drawn over the photo, and leaving the page wipes the session. The session's secret stands in the
// page's forms and nowhere else.
const askAgain = 3000;
const brushShare = 0.018; // radius of the brush, of the photo's longer side

export class Cutout extends HTMLElement {
  private asking = false;
  private drawing = false;
  private lastDrawn = ""; // the photo that undo by key is about
  private known = new Map<string, string>(); // sections as the server sent them
  private sending = false;

  connectedCallback(): void {
    this.classList.add("live");
    this.addEventListener("submit", (e) => this.submitted(e));
    this.addEventListener("change", (e) => this.chosen(e));
    window.addEventListener("pagehide", this.leave);
    window.addEventListener("keydown", this.undo);
    for (const cut of this.querySelectorAll("section.cut")) this.known.set(cut.id, cut.outerHTML);
    this.arrange();
  }

  disconnectedCallback(): void {
    window.removeEventListener("pagehide", this.leave);
    window.removeEventListener("keydown", this.undo);
  }

  // leave tells the server that nobody looks any more.
  private leave = (): void => {
    const session = this.session();
    if (session) navigator.sendBeacon("/cutout/end", session);
  };

  // undo takes the last stroke back by key, as drawing programs do.
  private undo = (e: KeyboardEvent): void => {
    if (e.key !== "z" || !(e.ctrlKey || e.metaKey) || e.shiftKey || !this.lastDrawn) return;
    if (e.target instanceof HTMLInputElement && e.target.type === "text") return;
    const form = this.querySelector(`#${CSS.escape(this.lastDrawn)} input[value="undo"]`)?.closest("form");
    if (!form) return;
    e.preventDefault();
    form.requestSubmit();
  };

  // chosen marks "a picture of yours" when one was chosen for behind the subject.
  private chosen(e: Event): void {
    const field = e.target as HTMLInputElement;
    if (field.name !== "picture" || !field.files?.length) return;
    const own = field.form?.querySelector<HTMLInputElement>('input[name="ground"][value="picture"]');
    if (own) own.checked = true;
  }

  private session(): URLSearchParams | null {
    const value = (name: string): string => this.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.value ?? "";
    return this.dataset["session"] ? new URLSearchParams({ session: value("session"), secret: value("secret") }) : null;
  }

  private arrange(): void {
    for (const brush of this.querySelectorAll<HTMLElement>("[data-brush]")) this.brush(brush);
    if (this.dataset["working"]) void this.news();
  }

  private submitted(e: SubmitEvent): void {
    const form = e.target as HTMLFormElement;
    if (form.dataset["native"] !== undefined) return; // a download; what fails comes back as a page
    e.preventDefault();
    void this.send(form);
  }

  private async send(form: HTMLFormElement): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    this.setAttribute("aria-busy", "true");
    const data = new FormData(form);
    const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data as unknown as Record<string, string>);
    const answer = await fetch(form.action, { method: "POST", body, headers: { "Easel-Part": "cutout", Accept: "text/html" } }).catch(() => null);
    this.sending = false;
    this.removeAttribute("aria-busy");
    if (answer) await this.replace(answer);
    else this.complain();
  }

  // news asks what has changed, for as long as something is being worked on.
  private async news(): Promise<void> {
    const body = this.session();
    if (this.asking || !body) return;
    this.asking = true;
    body.set("turn", this.dataset["turn"] ?? ""); // what is shown: what has changed meanwhile is news as well
    const answer = await fetch("/cutout/wait", { method: "POST", body, headers: { "Easel-Part": "cutout", Accept: "text/html" } }).catch(() => null);
    this.asking = false;
    if (!this.isConnected) return;
    if (!answer) {
      this.complain();
      window.setTimeout(() => void this.news(), askAgain);
      return;
    }
    if (this.sending) {
      window.setTimeout(() => void this.news(), askAgain); // the answer to what was just asked is newer
      return;
    }
    await this.replace(answer, [...this.querySelectorAll("[data-said]")]);
  }

  // replace puts the page's new state in place of the old one, and keeps what is open open.
  private async replace(answer: Response, said: Element[] = []): Promise<void> {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector<HTMLElement>("easel-cutout");
    if (!fresh) {
      const said = page.querySelector("main")?.textContent?.trim() ?? "";
      this.complain(said);
      return;
    }
    const held = document.activeElement instanceof HTMLInputElement && this.contains(document.activeElement) ? document.activeElement : null;
    if (this.drawing || (held?.name === "code" && fresh.dataset["working"])) {
      this.again();
      return; // a hand is on the photo, or somebody types; the next news will do
    }
    this.adopt(fresh);
    for (const name of ["session", "working", "turn"]) {
      const value = fresh.dataset[name];
      if (value) this.dataset[name] = value;
      else delete this.dataset[name];
    }
    this.replaceChildren(...fresh.childNodes);
    this.querySelector(".heading")?.after(...said); // what was said of a form stays until the next one
    this.arrange();
  }

  // adopt keeps photos of which there is no news as they are, with what is open, typed and compared in them.
  private adopt(fresh: HTMLElement): void {
    for (const cut of fresh.querySelectorAll<HTMLElement>("section.cut")) {
      const old = this.querySelector<HTMLElement>(`#${CSS.escape(cut.id)}`);
      const html = cut.outerHTML;
      if (old && this.known.get(cut.id) === html) {
        cut.replaceWith(old);
        continue;
      }
      this.known.set(cut.id, html);
      const open = [...(old?.querySelectorAll("details") ?? [])].map((d) => d.open);
      cut.querySelectorAll("details").forEach((d, i) => (d.open = d.open || (open[i] ?? false)));
    }
  }

  private again(): void {
    window.setTimeout(() => void this.news(), askAgain);
  }

  private complain(text = this.dataset["lost"] ?? ""): void {
    let p = this.querySelector<HTMLElement>("[data-complaint]");
    if (!p) {
      p = document.createElement("p");
      p.className = "error";
      p.dataset["complaint"] = "";
      p.setAttribute("role", "alert");
      this.prepend(p);
    }
    p.textContent = text;
  }

  // brush lets a hand draw over a photo; each stroke is sent when it is lifted.
  private brush(place: HTMLElement): void {
    const cut = place.closest<HTMLElement>("[data-photo]");
    const board = place.querySelector<HTMLElement>(".draw");
    const photo = board?.querySelector("img");
    const form = cut?.querySelector<HTMLFormElement>("form[data-strokes]");
    if (!cut || !board || !photo || !form || board.querySelector("canvas")) return;
    const [w, h] = [Number(cut.dataset["w"]), Number(cut.dataset["h"])];
    const radius = Math.max(w, h) * brushShare;
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-label", this.dataset["stroke"] ?? "");
    board.append(canvas);
    let points: [number, number][] = [];
    const at = (e: PointerEvent): [number, number] => {
      const r = canvas.getBoundingClientRect();
      const clamp = (v: number, most: number): number => Math.min(Math.max(Math.round(v), 0), most - 1);
      return [clamp(((e.clientX - r.left) / r.width) * w, w), clamp(((e.clientY - r.top) / r.height) * h, h)];
    };
    const paint = (): void => {
      const r = canvas.getBoundingClientRect();
      if (canvas.width !== Math.round(r.width)) [canvas.width, canvas.height] = [Math.round(r.width), Math.round(r.height)];
      const pen = canvas.getContext("2d");
      if (!pen) return;
      const k = canvas.width / w;
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.lineWidth = 2 * radius * k;
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = this.keeps(cut) ? "rgb(40 140 90 / 55%)" : "rgb(190 60 40 / 55%)";
      pen.beginPath();
      points.forEach(([x, y], i) => (i ? pen.lineTo(x * k, y * k) : pen.moveTo(x * k, y * k)));
      if (points.length === 1) pen.lineTo(points[0]![0] * k + 0.1, points[0]![1] * k);
      pen.stroke();
    };
    canvas.addEventListener("pointerdown", (e) => {
      if (e.button !== 0) return;
      canvas.setPointerCapture(e.pointerId);
      this.drawing = true;
      points = [at(e)];
      paint();
    });
    canvas.addEventListener("pointermove", (e) => {
      if (!canvas.hasPointerCapture(e.pointerId) || points.length > 1500) return;
      points.push(at(e));
      paint();
    });
    canvas.addEventListener("pointerup", () => {
      this.drawing = false;
      this.lastDrawn = cut.id;
      if (!points.length) return;
      const field = form.querySelector<HTMLInputElement>('input[name="strokes"]');
      if (field) field.value = `${this.keeps(cut) ? "keep" : "remove"} ${radius.toFixed(1)} ${points.map((p) => p.join(",")).join(" ")}`;
      points = [];
      form.requestSubmit();
    });
    canvas.addEventListener("pointercancel", () => {
      this.drawing = false;
      points = [];
      paint();
    });
  }

  private keeps(cut: HTMLElement): boolean {
    return cut.querySelector<HTMLInputElement>('[data-brush] input[value="keep"]')?.checked ?? true;
  }
}
