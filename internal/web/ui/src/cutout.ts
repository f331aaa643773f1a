// <easel-cutout> keeps the cutout studio's page alive: its forms answer in place, news are asked for while something is being
// worked on, strokes are drawn over the photo, and leaving the page wipes the session. The session's secret stands in the
// page's forms and nowhere else.
import { Brush } from "./brush";
import type { Point } from "./cross";
import { ask, named, save, words } from "./fetched";
import { found, placed } from "./place";

const askAgain = 3000;

export class Cutout extends HTMLElement {
  private asking = false;
  private drawing = false;
  private lastDrawn = ""; // the photo that undo by key is about
  private known = new Map<string, string>(); // sections as the server sent them
  private codes = new Map<string, string>(); // that are being typed, while their fields come and go
  private crosses = new Map<string, Point>(); // where the keyboard's cross was on each photo
  private line = Promise.resolve(); // what was asked of photos, one after the other
  private unanswered = 0; // forms
  private pressed = new WeakSet<HTMLFormElement>(); // those whose button does nothing until they are answered

  connectedCallback(): void {
    this.classList.add("live");
    this.addEventListener("submit", (e) => this.submitted(e));
    this.addEventListener("change", (e) => this.chosen(e));
    this.addEventListener("easel-over", (e) => {
      e.preventDefault(); // the session's time has passed
      this.querySelector<HTMLFormElement>('form[action="/cutout/end"]')?.requestSubmit();
    });
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
    e.preventDefault();
    if (this.pressed.has(form)) return;
    const large = [...form.querySelectorAll<HTMLInputElement>('input[type="file"]')].flatMap((f) => [...(f.files ?? [])]).find((f) => f.size > Number(this.dataset["max"]));
    if (large) { // a server that stops reading often cannot say so any more
      this.complain((this.dataset["toolarge"] ?? "").replace("{name}", large.name));
      return;
    }
    const stroke = form.dataset["strokes"] !== undefined; // the next one uses the same form
    if (!stroke) this.pressed.add(form);
    if (form.dataset["file"] !== undefined) {
      void this.download(form);
      return;
    }
    const data = new FormData(form);
    if (form.enctype === "multipart/form-data") void this.send(form, data); // a long way, beside which others go on
    else this.line = this.line.then(() => this.send(form, words(data)));
  }

  private async send(form: HTMLFormElement, body: BodyInit): Promise<void> {
    this.unanswered++;
    this.setAttribute("aria-busy", "true");
    this.doing(form, true);
    const answer = await ask(form.action, body);
    this.doing(form, false);
    if (--this.unanswered === 0) this.removeAttribute("aria-busy");
    this.pressed.delete(form);
    if (answer?.ok && form.closest(".another")) form.reset(); // it stays, and what it brought is there
    if (answer) await this.replace(answer);
    else this.complain(this.dataset["unsent"]);
  }

  // download fetches a file without leaving the page: a page that says what is wrong, with a code perhaps, would take the
  // place of this one, and whoever leaves this one has their photos wiped.
  private async download(form: HTMLFormElement): Promise<void> {
    this.doing(form, true);
    const answer = await ask(form.action, words(new FormData(form)));
    const how = answer?.headers.get("Content-Disposition") ?? "";
    const file = answer?.ok && how.startsWith("attachment") ? await answer.blob().catch(() => null) : undefined;
    this.doing(form, false);
    this.pressed.delete(form);
    if (file) {
      save(file, named(how));
      if (form.querySelector('input[name="code"]')) void this.news(); // it is unlocked now
    } else if (answer && file === undefined) await this.replace(answer);
    else this.complain(this.dataset["broken"]);
  }

  // doing says beside a form's button what takes its time, where something may.
  private doing(form: HTMLFormElement, under: boolean): void {
    const said = form.querySelector<HTMLElement>("[data-doing]");
    const long = form.dataset["file"] !== undefined || [...form.querySelectorAll<HTMLInputElement>('input[type="file"]')].some((f) => f.files?.length);
    if (said) said.textContent = under && long ? (said.dataset["doing"] ?? "") : "";
  }

  // news asks what has changed, for as long as something is being worked on.
  private async news(): Promise<void> {
    const body = this.session();
    if (this.asking || !body) return;
    this.asking = true;
    body.set("turn", this.dataset["turn"] ?? ""); // what is shown: what has changed meanwhile is news as well
    const answer = await ask("/cutout/wait", body);
    this.asking = false;
    if (!this.isConnected) return;
    if (!answer) {
      this.complain();
      this.again();
      return;
    }
    await this.replace(answer, [...this.querySelectorAll("[data-said]")]);
  }

  // replace puts the page's new state in place of the old one, and keeps what is open open.
  private async replace(answer: Response, said: Element[] = []): Promise<void> {
    const html = await answer.text().catch(() => null);
    if (html === null) {
      this.complain();
      return;
    }
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = page.querySelector<HTMLElement>("easel-cutout");
    if (!fresh) {
      this.complain((page.querySelector("main .lead") ?? page.querySelector("main"))?.textContent?.trim());
      return;
    }
    if (Number(fresh.dataset["turn"] ?? Infinity) < Number(this.dataset["turn"] ?? 0)) return; // a newer answer was faster
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
    const place = placed(this);
    this.replaceChildren(...fresh.childNodes);
    this.querySelector(".heading")?.after(...said); // what was said of a form stays until the next one
    this.arrange();
    if (place && !this.contains(document.activeElement)) found(this, place)?.focus({ preventScroll: true });
  }

  // adopt keeps photos of which there is no news as they are, with what is open, typed and compared in them; of others what is
  // open and the code that is typed. News do not take away photos that were chosen and are not sent yet.
  private adopt(fresh: HTMLElement): void {
    const door = this.querySelector(".another");
    if (door) fresh.querySelector(".another")?.replaceWith(door);
    const fields = (page: Element): HTMLInputElement[] => [...page.querySelectorAll<HTMLInputElement>('input[name="code"]')];
    const of = (field: HTMLInputElement): string => field.closest("section.cut")?.id ?? "";
    for (const field of fields(this)) this.codes.set(of(field), field.value);
    for (const field of fields(fresh)) field.value = this.codes.get(of(field)) ?? "";
    if (!fresh.dataset["session"]) this.codes.clear();
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
    p.scrollIntoView({ block: "nearest" });
  }

  // brush lets a hand draw over a photo; each stroke is sent when it is lifted.
  private brush(place: HTMLElement): void {
    const cut = place.closest<HTMLElement>("[data-photo]");
    const board = place.querySelector<HTMLElement>(".draw");
    const form = cut?.querySelector<HTMLFormElement>("form[data-strokes]");
    if (!cut || !board || !form || board.querySelector("canvas")) return;
    const size: Point = [Number(cut.dataset["w"]), Number(cut.dataset["h"])];
    const canvas = document.createElement("canvas");
    canvas.setAttribute("aria-label", this.dataset["stroke"] ?? "");
    board.append(canvas);
    const middle: Point = [Math.round(size[0] / 2), Math.round(size[1] / 2)];
    new Brush(canvas, size, this.crosses.get(cut.id) ?? middle, {
      keeps: () => this.keeps(cut),
      draws: (now) => {
        this.drawing = now;
      },
      drawn: (stroke) => {
        this.lastDrawn = cut.id;
        const field = form.querySelector<HTMLInputElement>('input[name="strokes"]');
        if (field) field.value = stroke;
        form.requestSubmit();
      },
      points: (at, down) => {
        this.crosses.set(cut.id, at);
        this.where(place, at, size, down);
      },
    });
  }

  // where says where the cross is, for those who do not see it.
  private where(place: HTMLElement, at: Point, size: Point, down: boolean): void {
    const said = place.querySelector<HTMLElement>("[data-where]");
    if (!said) return;
    const [x, y] = [0, 1].map((i) => String(Math.round((100 * at[i]!) / size[i]!)));
    said.textContent = (said.dataset[down ? "down" : "up"] ?? "").replace("{x}", x ?? "").replace("{y}", y ?? "");
  }

  private keeps(cut: HTMLElement): boolean {
    return cut.querySelector<HTMLInputElement>('[data-brush] input[value="keep"]')?.checked ?? true;
  }
}
