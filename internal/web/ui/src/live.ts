// <easel-live> keeps the cards of one photo up to date from the server's event stream, and puts each result in its place
// when it is ready. Where no stream can be had it asks every few seconds.
import { quietForms } from "./forms";

type Progress = { run: string; state: string; percent: number; stage: string; wait: string };

const live = new Set(["queued", "drawing"]);
const pollEvery = 4000;

export class Live extends HTMLElement {
  private stream: EventSource | null = null;
  private poll = 0;

  connectedCallback(): void {
    if (this.waiting().length > 0) this.listen();
  }

  disconnectedCallback(): void {
    this.rest();
  }

  private waiting(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-run]")].filter((c) => live.has(c.dataset["state"] ?? ""));
  }

  private listen(): void {
    const stream = new EventSource(this.dataset["events"] ?? "");
    stream.addEventListener("message", (e: MessageEvent<string>) => void this.told(JSON.parse(e.data) as Progress));
    stream.addEventListener("error", () => {
      for (const card of this.waiting()) write(card, "[data-wait]", this.dataset["reconnect"] ?? "");
      if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
      window.clearInterval(this.poll);
      this.poll = window.setInterval(() => this.ask(), pollEvery);
    });
    this.stream = stream;
  }

  private rest(): void {
    this.stream?.close();
    this.stream = null;
    window.clearInterval(this.poll);
  }

  private ask(): void {
    for (const card of this.waiting()) void this.replace(card);
    if (this.waiting().length === 0) this.rest();
  }

  private async told(p: Progress): Promise<void> {
    const card = this.querySelector<HTMLElement>(`[data-run="${CSS.escape(p.run)}"]`);
    if (!card || !live.has(card.dataset["state"] ?? "")) return;
    if (!live.has(p.state)) {
      await this.replace(card);
      if (this.waiting().length === 0) this.rest();
      return;
    }
    card.dataset["state"] = p.state;
    write(card, "[data-stage]", p.stage);
    write(card, "[data-wait]", p.wait);
    const bar = card.querySelector("progress");
    if (bar) bar.value = p.percent;
    card.style.setProperty("--done", String(p.percent / 100));
  }

  // replace fetches the card as it is now. Where the reader was inside it, they stay.
  private async replace(card: HTMLElement): Promise<void> {
    const answer = await fetch(card.dataset["card"] ?? "", { headers: { "Easel-Part": "card" } }).catch(() => null);
    if (answer?.status === 404) window.location.reload(); // deleted in another window: the page tells what is left
    if (!answer?.ok) return;
    const inside = card.contains(document.activeElement);
    const box = document.createElement("template");
    box.innerHTML = await answer.text();
    const fresh = box.content.firstElementChild;
    if (!(fresh instanceof HTMLElement) || !card.isConnected) return;
    if (live.has(fresh.dataset["state"] ?? "")) {
      card.dataset["state"] = fresh.dataset["state"];
      for (const part of ["[data-stage]", "[data-wait]"]) write(card, part, fresh.querySelector(part)?.textContent ?? "");
      const [bar, now] = [card.querySelector("progress"), fresh.querySelector("progress")];
      if (bar && now) bar.value = now.value;
      return;
    }
    card.replaceWith(fresh);
    quietForms(fresh);
    const told = document.getElementById(this.dataset["told"] ?? "");
    if (told && fresh.dataset["state"] === "done") told.textContent = fresh.dataset["ready"] ?? ""; // for those who listen
    if (inside) {
      fresh.tabIndex = -1;
      fresh.focus({ preventScroll: true });
    }
  }
}

function write(card: Element, part: string, text: string): void {
  const place = card.querySelector(part);
  if (place && place.textContent !== text) place.textContent = text;
}
