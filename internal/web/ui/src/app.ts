// Everything here only adds to pages that work without it. Each element looks after itself.
import { Clock } from "./clock";
import { Compare } from "./compare";
import { Copy } from "./copy";
import { Crop } from "./crop";
import { Cutout } from "./cutout";
import { Drop } from "./drop";
import { Live } from "./live";
import { Maker } from "./maker";
import { Passkey } from "./passkey";
import { Password } from "./password";
import { Waiting } from "./waiting";
import { takeDropped } from "./dropped";
import { quietForms } from "./forms";

customElements.define("easel-clock", Clock);
customElements.define("easel-compare", Compare);
customElements.define("easel-copy", Copy);
customElements.define("easel-crop", Crop);
customElements.define("easel-cutout", Cutout);
customElements.define("easel-drop", Drop);
customElements.define("easel-live", Live);
customElements.define("easel-maker", Maker);
customElements.define("easel-passkey", Passkey);
customElements.define("easel-password", Password);
customElements.define("easel-waiting", Waiting);
quietForms(document);
takeDropped();

// A page that comes back from the browser's memory may show what is deleted by now.
window.addEventListener("pageshow", (e) => {
  if (e.persisted) window.location.reload();
});
