// <easel-drop> takes a photo by drop, paste or file, shows it, and sends it once the statement is ticked.
export class Drop extends HTMLElement {
  private photo: File | null = null;
  private sending = false;

  connectedCallback(): void {
    for (const input of this.querySelectorAll<HTMLInputElement>('input[type="file"]')) {
      input.addEventListener("change", () => this.bring(input.files?.[0]));
    }
    this.statement?.addEventListener("change", () => this.send());
    document.addEventListener("paste", this.paste);
    document.addEventListener("dragover", this.over);
    document.addEventListener("dragleave", this.leave);
    document.addEventListener("drop", this.dropped);
  }

  disconnectedCallback(): void {
    document.removeEventListener("paste", this.paste);
    document.removeEventListener("dragover", this.over);
    document.removeEventListener("dragleave", this.leave);
    document.removeEventListener("drop", this.dropped);
  }

  private get statement(): HTMLInputElement | null {
    return this.querySelector('input[name="statement"]');
  }
  private get place(): HTMLElement | null {
    return this.querySelector("[data-drop]");
  }

  private paste = (e: ClipboardEvent): void => {
    const photo = e.clipboardData?.files[0];
    if (!photo) return;
    e.preventDefault();
    this.bring(photo);
  };

  private over = (e: DragEvent): void => {
    if (!e.dataTransfer?.types.includes("Files")) return;
    e.preventDefault();
    this.place?.classList.add("over");
  };

  private leave = (e: DragEvent): void => {
    if (e.relatedTarget === null) this.place?.classList.remove("over");
  };

  private dropped = (e: DragEvent): void => {
    if (!e.dataTransfer?.types.includes("Files")) return;
    e.preventDefault();
    this.place?.classList.remove("over");
    this.bring(e.dataTransfer.files[0]);
  };

  // bring looks at the file before a byte of it is sent; the server looks again, properly.
  private bring(photo: File | undefined): void {
    if (!photo || this.sending) return;
    this.photo = null;
    if (photo.type !== "" && !photo.type.startsWith("image/")) return this.say(this.dataset["notphoto"]);
    if (photo.size > Number(this.dataset["max"])) return this.say(this.dataset["toolarge"]);
    this.photo = photo;
    this.say("");
    this.show(photo);
    this.send();
  }

  private show(photo: File): void {
    const preview = this.querySelector<HTMLImageElement>(".drop-preview");
    if (!preview) return;
    const url = URL.createObjectURL(photo);
    preview.addEventListener("load", () => URL.revokeObjectURL(url), { once: true });
    preview.addEventListener(
      "error",
      () => {
        preview.hidden = true; // a kind of picture that this browser does not show, and the server may read
        URL.revokeObjectURL(url);
      },
      { once: true },
    );
    preview.src = url;
    preview.hidden = false;
    this.place?.classList.add("full");
  }

  private send(): void {
    if (!this.photo || this.sending) return;
    if (this.statement && !this.statement.checked) {
      this.say(this.dataset["tick"]);
      this.statement.focus();
      return;
    }
    this.sending = true;
    this.say("");
    const form = new FormData();
    if (this.statement) form.append("statement", "yes"); // before the photo: the server reads in this order
    form.append("photo", this.photo, this.photo.name);
    const bar = this.querySelector<HTMLElement>(".drop-sending");
    const progress = bar?.querySelector("progress");
    if (bar) bar.hidden = false;
    const request = new XMLHttpRequest(); // fetch cannot tell how much was sent
    request.open("POST", "/portrait/");
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (e) => {
      if (progress && e.lengthComputable) progress.value = (e.loaded / e.total) * 100;
    });
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.failed(this.dataset["broken"]));
    request.send(form);
  }

  private answered(request: XMLHttpRequest): void {
    const body: unknown = request.response;
    if (request.status === 201 && hasText(body, "location")) {
      window.location.assign(body.location);
      return;
    }
    this.failed(hasText(body, "detail") ? body.detail : this.dataset["broken"]);
  }

  private failed(say: string | undefined): void {
    this.sending = false;
    this.photo = null;
    const bar = this.querySelector<HTMLElement>(".drop-sending");
    if (bar) bar.hidden = true;
    const preview = this.querySelector<HTMLImageElement>(".drop-preview");
    if (preview) preview.hidden = true;
    this.place?.classList.remove("full");
    this.querySelector("form")?.reset();
    this.say(say);
  }

  private say(text: string | undefined): void {
    const error = this.querySelector<HTMLElement>(".error");
    if (!error) return;
    error.textContent = text ?? "";
    error.hidden = !text;
  }
}

function hasText<K extends string>(v: unknown, key: K): v is Record<K, string> {
  return typeof v === "object" && v !== null && typeof (v as Record<string, unknown>)[key] === "string";
}
