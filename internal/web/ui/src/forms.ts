// Forms marked data-part answer with the card they belong to, so that the page stays where it is. When the answer says
// that the portrait is gone, its frame stays a moment, empty.
import { put, read } from "./cards";

const emptyFor = 8000;
const leaveFor = 200;

export function quietForms(within: ParentNode): void {
  for (const form of within.querySelectorAll<HTMLFormElement>("form[data-part]")) {
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      void send(form);
    });
  }
}

async function send(form: HTMLFormElement): Promise<void> {
  const card = form.closest<HTMLElement>("[data-run]");
  const button = form.querySelector("button");
  if (!card || !button || button.disabled) return;
  button.disabled = true;
  const answer = await fetch(form.action, { method: "POST", headers: { "Easel-Part": "card" } }).catch(() => null);
  if (!answer?.ok) {
    window.location.reload(); // the page tells what is true now
    return;
  }
  const fresh = await read(answer);
  if (!fresh) return;
  if (form.dataset["part"] === "clear") {
    leave(card);
    return;
  }
  button.disabled = false;
  button.focus(); // so that whoever pressed it is taken along
  const placed = put(card, fresh);
  quietForms(placed);
  if (form.dataset["part"] === "gone") window.setTimeout(() => leave(placed), emptyFor);
}

function leave(card: HTMLElement): void {
  card.classList.add("leaving");
  window.setTimeout(() => card.remove(), leaveFor);
}
