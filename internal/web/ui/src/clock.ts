// <easel-clock> puts the end of a picture into the reader's zone and lets its line of ink grow shorter.
export class Clock extends HTMLElement {
  private timer = 0;
  private running = false; // whether there was time left when the page was opened

  connectedCallback(): void {
    this.running = Date.parse(this.dataset["until"] ?? "") > Date.now();
    this.tick();
    this.timer = window.setInterval(() => this.tick(), 20_000);
  }

  disconnectedCallback(): void {
    window.clearInterval(this.timer);
  }

  private tick(): void {
    const from = Date.parse(this.dataset["from"] ?? "");
    const until = Date.parse(this.dataset["until"] ?? "");
    const now = Date.now();
    if (Number.isNaN(from) || Number.isNaN(until)) return;
    const share = Math.min(1, Math.max(0, (until - now) / Math.max(1, until - from)));
    this.querySelector(".ink-left")?.setAttribute("x2", `${(share * 100).toFixed(2)}%`);
    const time = this.querySelector("time");
    if (!time) return;
    const end = new Date(until);
    const said = this.phrase(end, now);
    if (time.textContent !== said) time.textContent = said;
    if (this.running && until <= now) window.location.reload(); // what was shown has ended: the server says so
    time.title = end.toLocaleString(document.documentElement.lang, { dateStyle: "full", timeStyle: "long" });
  }

  private phrase(end: Date, now: number): string {
    if (end.getTime() <= now) return this.dataset["now"] ?? "";
    const lang = document.documentElement.lang;
    const time = end.toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const date = end.toLocaleDateString(lang, { day: "numeric", month: "long" });
    const days = Math.round((midnight(end) - midnight(new Date(now))) / 86_400_000);
    const phrase = days === 0 ? this.dataset["today"] : days === 1 ? this.dataset["tomorrow"] : this.dataset["later"];
    return (phrase ?? "").replace("{time}", time).replace("{date}", date);
  }
}

function midnight(d: Date): number {
  return new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
}
