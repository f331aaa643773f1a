// Where the keyboard is, so that it can be there again when a page's parts are replaced.
export interface Place {
  part: string; // id of the section
  key: string;
}

const reachable = "a[href], button, input:not([type=hidden]), select, summary, canvas";

function keyOf(e: Element): string {
  const form = e.closest("form");
  const name = e.getAttribute("name") ?? e.textContent?.trim();
  const chosen = e instanceof HTMLInputElement && (e.type === "radio" || e.type === "checkbox") ? e.value : "";
  return [e.tagName, form?.getAttribute("action"), form?.querySelector<HTMLInputElement>("input[name=do]")?.value, name, chosen].join("|");
}

// placed says where the keyboard is inside root; null when it is elsewhere.
export function placed(root: Element): Place | null {
  const at = document.activeElement;
  if (!at || at === root || !root.contains(at)) return null;
  return { part: at.closest("section[id]")?.id ?? "", key: keyOf(at) };
}

// found is what stands there now: the same thing, else the heading of its section, else the page's.
export function found(root: Element, place: Place): HTMLElement | null {
  const part = place.part ? root.querySelector(`#${CSS.escape(place.part)}`) : root;
  const same = [...(part?.querySelectorAll<HTMLElement>(reachable) ?? [])].find((e) => keyOf(e) === place.key);
  if (same) return same;
  const heading = part?.querySelector<HTMLElement>("h2") ?? root.querySelector<HTMLElement>("h1, h2");
  if (heading) heading.tabIndex = -1;
  return heading;
}
