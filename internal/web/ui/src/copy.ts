// <easel-copy> puts what is in its field on the clipboard.
export class Copy extends HTMLElement {
  connectedCallback(): void {
    const field = this.querySelector("input");
    if (!field || this.querySelector("button") || !("clipboard" in navigator)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "do lesser";
    button.textContent = this.dataset["copy"] ?? "";
    button.addEventListener("click", () => {
      field.select();
      void navigator.clipboard.writeText(field.value).then(() => {
        button.textContent = this.dataset["copied"] ?? "";
      });
    });
    this.append(button);
  }
}
