// <easel-live> keeps the cards of one photo up to date from the server's event stream, and puts each result in its place
// when it is ready. Where no stream can be had it asks every few seconds.
import { isLive, largerOf, largerState, put, read, stateOf, waits } from "./cards";
import { quietForms } from "./forms";

type Progress = { run: string; state: string; percent: number; stage: string; wait: string; larger?: Progress };

const pollEvery = 4000;

export class Live extends HTMLElement {
  private stream: EventSource | null = null;
  private poll = 0;

  connectedCallback(): void {
    this.addEventListener("easel-card", () => this.attend()); // a full size was asked for
    this.attend();
  }

  disconnectedCallback(): void {
    this.rest();
  }

  private waiting(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-run]")].filter(waits);
  }

  // attend listens as long as there is something to come.
  private attend(): void {
    if (this.waiting().length === 0) this.rest();
    else if (!this.stream) this.listen();
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
    this.attend();
  }

  private async told(p: Progress): Promise<void> {
    const card = this.querySelector<HTMLElement>(`[data-run="${CSS.escape(p.run)}"]`);
    if (!card) return;
    const larger = largerOf(card);
    const [state, full] = [stateOf(card), largerState(card)];
    const fullNow = p.larger?.state ?? full;
    if ((isLive(state) && !isLive(p.state)) || (isLive(full) !== isLive(fullNow) && state === "done")) {
      await this.replace(card);
      return;
    }
    if (isLive(state)) {
      card.dataset["state"] = p.state;
      card.style.setProperty("--done", String(p.percent / 100));
      advance(card, p);
    }
    if (larger && p.larger && isLive(full)) {
      larger.dataset["larger"] = p.larger.state;
      advance(larger, p.larger);
    }
  }

  // replace fetches the card as it is now.
  private async replace(card: HTMLElement): Promise<void> {
    const answer = await fetch(card.dataset["card"] ?? "", { headers: { "Easel-Part": "card" } }).catch(() => null);
    if (answer?.status === 404) window.location.reload(); // deleted in another window: the page tells what is left
    if (!answer?.ok) return;
    const fresh = await read(answer);
    if (!fresh || !card.isConnected) return;
    if (isLive(stateOf(card)) && isLive(stateOf(fresh))) {
      card.dataset["state"] = stateOf(fresh);
      for (const part of ["[data-stage]", "[data-wait]"]) write(card, part, fresh.querySelector(part)?.textContent ?? "");
      const [bar, now] = [card.querySelector("progress"), fresh.querySelector("progress")];
      if (bar && now) bar.value = now.value;
      return;
    }
    const finished = isLive(stateOf(card)) && stateOf(fresh) === "done";
    quietForms(put(card, fresh));
    const told = document.getElementById(this.dataset["told"] ?? "");
    if (told && finished) told.textContent = fresh.dataset["ready"] ?? ""; // for those who listen
  }
}

function advance(place: Element, p: Progress): void {
  write(place, "[data-stage]", p.stage);
  write(place, "[data-wait]", p.wait);
  const bar = place.querySelector("progress");
  if (bar) bar.value = p.percent;
}

function write(place: Element, part: string, text: string): void {
  const found = place.querySelector(part);
  if (found && found.textContent !== text) found.textContent = text;
}
