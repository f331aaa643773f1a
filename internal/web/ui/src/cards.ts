// A card is one portrait; its full size is a part of it that changes by itself.
const waitingStates = new Set(["queued", "drawing"]);

export function stateOf(card: Element): string {
  return card instanceof HTMLElement ? (card.dataset["state"] ?? "") : "";
}

export function largerOf(card: Element): HTMLElement | null {
  return card.querySelector<HTMLElement>("[data-larger]");
}

export function largerState(card: Element): string {
  return largerOf(card)?.dataset["larger"] ?? "";
}

export function isLive(state: string): boolean {
  return waitingStates.has(state);
}

// waits reports whether something on the card is still to come.
export function waits(card: Element): boolean {
  return isLive(stateOf(card)) || isLive(largerState(card));
}

// read makes a card of the server's answer.
export async function read(answer: Response): Promise<HTMLElement | null> {
  const box = document.createElement("template");
  box.innerHTML = await answer.text();
  const card = box.content.firstElementChild;
  return card instanceof HTMLElement ? card : null;
}

// put hangs the fresh card in the place of the old one, or only its full size, so that the picture stays as it is being
// looked at. Where the reader was inside, they stay. It returns what is new on the page.
export function put(old: HTMLElement, fresh: HTMLElement): HTMLElement {
  const [before, after] = [largerOf(old), largerOf(fresh)];
  const partly = stateOf(old) === "done" && stateOf(fresh) === "done" && before && after;
  const [from, to] = partly ? [before, after] : [old, fresh];
  const inside = from.contains(document.activeElement);
  from.replaceWith(to);
  if (inside) {
    to.tabIndex = -1;
    to.focus({ preventScroll: true });
  }
  to.dispatchEvent(new CustomEvent("easel-card", { bubbles: true }));
  return to;
}
