// <easel-maker> lets the button say how many portraits it will draw, and be pressed once.
export class Maker extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector("form");
    form?.addEventListener("change", () => this.count());
    form?.addEventListener("submit", () => {
      const button = this.button;
      if (button) window.setTimeout(() => (button.disabled = true)); // after the form has been read
    });
    window.addEventListener("pageshow", () => this.count());
    this.count();
  }

  private get button(): HTMLButtonElement | null {
    return this.querySelector<HTMLButtonElement>(".do");
  }

  private count(): void {
    const button = this.button;
    if (!button) return;
    const n = this.querySelectorAll('input[name="style"]:checked').length;
    const text = n === 0 ? this.dataset["draw0"] : n === 1 ? this.dataset["draw1"] : this.dataset["drawn"]?.replaceAll("0", String(n));
    button.textContent = text ?? "";
    button.disabled = n === 0;
  }
}
