// <easel-password> shows what is typed when asked to, and says while a password is chosen what it lacks. The server judges it
// properly; nothing that is typed leaves the page before the form is sent.
export class Password extends HTMLElement {
  private line: HTMLProgressElement | null = null;
  private word: HTMLElement | null = null;

  connectedCallback(): void {
    const input = this.input;
    if (!input || this.querySelector("button")) return;
    this.addToggle(input);
    if (!this.dataset["min"]) return;
    this.addHint();
    input.addEventListener("input", () => this.judge());
    for (const other of this.others) other.addEventListener("input", () => this.judge());
    this.judge();
  }

  private get input(): HTMLInputElement | null {
    return this.querySelector("input");
  }

  // others are what must not make up the password: name and address.
  private get others(): HTMLInputElement[] {
    const form = this.closest("form");
    return form ? [...form.querySelectorAll<HTMLInputElement>('input[name="name"], input[name="mail"]')] : [];
  }

  private addToggle(input: HTMLInputElement): void {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain reveal";
    const say = (): void => {
      const open = input.type === "text";
      button.textContent = (open ? this.dataset["hide"] : this.dataset["show"]) ?? "";
      button.setAttribute("aria-pressed", String(open));
    };
    button.addEventListener("click", () => {
      input.type = input.type === "text" ? "password" : "text";
      say();
      input.focus();
    });
    input.form?.addEventListener("submit", () => {
      input.type = "password"; // so that browsers offer to keep it, and do not keep it as a word
      say();
    });
    say();
    input.closest("label")?.after(button);
  }

  private addHint(): void {
    this.line = document.createElement("progress");
    this.line.max = Number(this.dataset["min"]);
    this.line.setAttribute("aria-hidden", "true");
    this.word = document.createElement("p");
    this.word.className = "aside judged";
    this.word.setAttribute("aria-live", "polite");
    this.word.textContent = "\u00a0"; // its place is kept, so that nothing moves
    this.append(this.line, this.word);
  }

  private judge(): void {
    const text = this.input?.value ?? "";
    const min = Number(this.dataset["min"]);
    const length = [...text.normalize("NFC")].length;
    if (this.line) this.line.value = Math.min(length, min);
    const lacks = this.lacks(text.toLowerCase(), length, min);
    this.toggleAttribute("data-good", text !== "" && !lacks);
    const said = text === "" ? "\u00a0" : (lacks ?? this.dataset["enough"] ?? "");
    if (this.word && this.word.textContent !== said) this.word.textContent = said;
  }

  private lacks(text: string, length: number, min: number): string | undefined {
    if (length < min) return min - length === 1 ? this.dataset["more1"] : this.dataset["moren"]?.replace("{n}", String(min - length));
    if (new Set(text).size < 5) return this.dataset["same"];
    for (const other of this.others) {
      for (const word of [other.value, other.value.split("@")[0] ?? ""]) {
        const known = word.trim().toLowerCase();
        if (known.length >= 3 && text.replaceAll(known, "").length < 6 && text.includes(known)) return this.dataset["yours"];
      }
    }
    return undefined;
  }
}
