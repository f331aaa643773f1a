// <easel-drop> takes a photo by drop, paste or file, shows it, and sends it once everything that is asked is answered. Of
// somebody who has not signed in it keeps the photo in the browser until they have.
import { forget, keep, recall } from "./kept";

export class Drop extends HTMLElement {
  private photo: File | null = null;
  private sending = false;

  connectedCallback(): void {
    for (const input of this.querySelectorAll<HTMLInputElement>('input[type="file"]')) {
      input.addEventListener("change", () => this.bring(input.files?.[0]));
    }
    for (const asked of this.asked) asked.addEventListener("change", () => this.send());
    this.querySelector("form")?.addEventListener("submit", (e) => {
      if (!this.photo) return;
      e.preventDefault();
      this.send();
    });
    this.querySelector("[data-forget]")?.addEventListener("click", () => {
      void forget();
      this.clear();
      this.wait(false);
    });
    for (const part of this.querySelectorAll<HTMLElement>("[data-scripted]")) part.hidden = false;
    document.addEventListener("paste", this.paste);
    document.addEventListener("dragover", this.over);
    document.addEventListener("dragleave", this.leave);
    document.addEventListener("drop", this.dropped);
    void this.recall();
  }

  disconnectedCallback(): void {
    document.removeEventListener("paste", this.paste);
    document.removeEventListener("dragover", this.over);
    document.removeEventListener("dragleave", this.leave);
    document.removeEventListener("drop", this.dropped);
  }

  // asked are the boxes that have to be ticked before a photo is sent.
  private get asked(): HTMLInputElement[] {
    return [...this.querySelectorAll<HTMLInputElement>("input[required]")];
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
    this.say("");
    this.show(photo);
    if (this.dataset["signin"]) {
      void this.keep(photo);
      return;
    }
    this.wait(false);
    void forget(); // an earlier one
    this.photo = photo;
    this.send();
  }

  private async keep(photo: File): Promise<void> {
    if (await keep(photo)) this.wait(true);
    else this.say(this.dataset["unkept"]);
  }

  // recall shows the photo that was chosen before signing in. It is sent when its owner says so, and not before: somebody else
  // may have signed in on this browser.
  private async recall(): Promise<void> {
    const photo = await recall();
    if (!photo || this.photo || this.sending) return;
    this.show(photo);
    this.wait(true);
    if (!this.dataset["signin"]) this.photo = photo;
  }

  private wait(waiting: boolean): void {
    this.toggleAttribute("data-waiting", waiting);
    const note = this.querySelector<HTMLElement>("[data-kept]");
    if (note) note.hidden = !waiting;
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
    const open = this.asked.find((asked) => !asked.validity.valid);
    if (open) {
      this.say(this.dataset["tick"]);
      open.focus();
      return;
    }
    this.sending = true;
    this.say("");
    const form = new FormData();
    for (const asked of this.asked) if (asked.checked) form.append(asked.name, asked.value); // before the photo: the server reads in this order
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
    request.addEventListener("load", () => void this.answered(request));
    request.addEventListener("error", () => this.failed(this.dataset["broken"]));
    request.send(form);
  }

  private async answered(request: XMLHttpRequest): Promise<void> {
    const body: unknown = request.response;
    if (request.status === 201 && hasText(body, "location")) {
      await forget();
      window.location.assign(body.location);
      return;
    }
    if (request.status === 401 && this.photo && (await keep(this.photo))) {
      window.location.assign("/sign-in?then=%2Fportrait%2F"); // the session has ended meanwhile
      return;
    }
    this.failed(hasText(body, "detail") ? body.detail : this.dataset["broken"]);
  }

  private failed(say: string | undefined): void {
    this.sending = false;
    void forget();
    this.wait(false);
    this.clear();
    this.querySelector("form")?.reset();
    this.say(say);
  }

  private clear(): void {
    this.photo = null;
    const bar = this.querySelector<HTMLElement>(".drop-sending");
    if (bar) bar.hidden = true;
    const preview = this.querySelector<HTMLImageElement>(".drop-preview");
    if (preview) preview.hidden = true;
    this.place?.classList.remove("full");
    for (const input of this.querySelectorAll<HTMLInputElement>('input[type="file"]')) input.value = "";
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
