// Forms marked data-part answer with the card they belong to, so that the page stays where it is. When the answer says
// that the portrait is gone, its frame stays a moment, empty.
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
  const box = document.createElement("template");
  box.innerHTML = await answer.text();
  const fresh = box.content.firstElementChild;
  if (!(fresh instanceof HTMLElement)) return;
  if (form.dataset["part"] === "clear") {
    leave(card);
    return;
  }
  card.replaceWith(fresh);
  quietForms(fresh);
  fresh.tabIndex = -1;
  fresh.focus({ preventScroll: true });
  if (form.dataset["part"] === "gone") window.setTimeout(() => leave(fresh), emptyFor);
}

function leave(card: HTMLElement): void {
  card.classList.add("leaving");
  window.setTimeout(() => card.remove(), leaveFor);
}
