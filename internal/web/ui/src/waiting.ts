// <easel-waiting> says beside a sign-in form that the photo chosen before is still there.
import { recall } from "./kept";

export class Waiting extends HTMLElement {
  connectedCallback(): void {
    void this.look();
  }

  private async look(): Promise<void> {
    const photo = await recall();
    const picture = this.querySelector("img");
    if (!photo || !picture) return;
    const url = URL.createObjectURL(photo);
    const done = (): void => URL.revokeObjectURL(url);
    picture.addEventListener("load", done, { once: true });
    picture.addEventListener("error", () => ((picture.hidden = true), done()), { once: true });
    picture.src = url;
    this.hidden = false;
  }
}
