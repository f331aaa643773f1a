// How close the end is when it is told to those who listen, in minutes.
const TOLD = [60, 10, 1];

// How often a clock looks, in milliseconds, and how soon after the end in any case: ends are told to the second, and are up to
// one later.
const PERIOD = 15_000;
const GRACE = 1500;

// From how many days on nobody counts the hours.
const DAYS_ALONE = 10;

// <easel-clock> puts the end of a picture into the reader's zone, lets its line of ink grow shorter, and counts down. Who
// listens hears the time left when they come to it, and is told by itself only shortly before the end.
export class Clock extends HTMLElement {
  private timer = 0;
  private running = false; // whether there was time left when the page was opened
  private told = Infinity; // minutes left when it was told last

  connectedCallback(): void {
    const left = Date.parse(this.dataset["until"] ?? "") - Date.now();
    this.running = left > 0;
    this.told = Math.ceil(left / 60_000);
    this.tick();
  }

  disconnectedCallback(): void {
    window.clearTimeout(this.timer);
  }

  private tick(): void {
    const from = Date.parse(this.dataset["from"] ?? "");
    const until = Date.parse(this.dataset["until"] ?? "");
    const now = Date.now();
    if (Number.isNaN(from) || Number.isNaN(until)) return;
    this.timer = window.setTimeout(() => this.tick(), until + GRACE > now ? Math.min(PERIOD, until + GRACE - now) : PERIOD);
    const share = Math.min(1, Math.max(0, (until - now) / Math.max(1, until - from)));
    this.querySelector(".ink-left")?.setAttribute("x2", `${(share * 100).toFixed(2)}%`);
    this.count(Math.ceil((until - now) / 60_000));
    const time = this.querySelector("time");
    if (!time) return;
    const end = new Date(until);
    time.title = end.toLocaleString(document.documentElement.lang, { dateStyle: "full", timeStyle: "long" });
    if (this.dataset["due"]) return; // an answer is due then: nothing ends
    say(time, this.phrase(end, now));
    if (!this.running || until + GRACE > now) return;
    this.running = false;
    // What was shown has ended: the server says so, on this page or by the one around us.
    if (this.dispatchEvent(new CustomEvent("easel-over", { bubbles: true, cancelable: true }))) window.location.reload();
  }

  // count shows how long it still is.
  private count(minutes: number): void {
    const brief = this.querySelector("[data-brief]");
    const spoken = this.querySelector("[data-spoken]");
    if (!brief || !spoken) return;
    if (minutes <= 0) {
      say(brief, "");
      say(spoken, "");
      return;
    }
    const units = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
    const first = units[0] ? 0 : units[1] ? 1 : 2;
    const shown = [first, first + 1].filter((u) => units[u]).slice(0, (units[0] ?? 0) < DAYS_ALONE ? 2 : 1);
    const short = (this.dataset["short"] ?? "").split("|");
    const words = shown.map((u) => whole(units[u] ?? 0, ["day", "hour", "minute"][u] ?? "minute")).join(" ");
    const pattern = this.dataset["left"] ?? "{left}";
    say(brief, pattern.replace("{left}", shown.map((u) => (short[u] ?? "{n}").replace("{n}", String(units[u]))).join(" ")));
    say(spoken, pattern.replace("{left}", words));
    const told = this.querySelector("[data-told]");
    const passed = TOLD.find((at) => minutes <= at && this.told > at);
    if (told && passed !== undefined) say(told, (this.dataset["soon"] ?? "").replace("{left}", words));
    this.told = Math.min(this.told, minutes);
  }

  private phrase(end: Date, now: number): string {
    if (end.getTime() <= now) return this.dataset["now"] ?? "";
    const lang = document.documentElement.lang;
    const time = end.toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const far = end.getTime() - now > 300 * 86_400_000;
    const date = end.toLocaleDateString(lang, { day: "numeric", month: "long", ...(far ? { year: "numeric" } : {}) });
    const days = Math.round((midnight(end) - midnight(new Date(now))) / 86_400_000);
    const phrase = days === 0 ? this.dataset["today"] : days === 1 ? this.dataset["tomorrow"] : this.dataset["later"];
    return (phrase ?? "").replace("{time}", time).replace("{date}", date);
  }
}

// say writes a text where it has changed.
function say(where: Element, text: string): void {
  if (where.textContent !== text) where.textContent = text;
}

// whole is a number with its unit in words, as the page's language says it.
function whole(n: number, unit: string): string {
  return n.toLocaleString(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long" });
}

function midnight(d: Date): number {
  return new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
}
