// Files that are dropped beside a field of the cutout studio's page. A browser left to itself opens them in place of the page, and
// whoever leaves the page has their photos wiped.
const carries = (e: DragEvent): boolean => e.dataTransfer?.types.includes("Files") ?? false;

// fieldFor is where dropped files belong: in the form that they were dropped over, else in the one that brings photos; null where
// the browser does right by itself.
function fieldFor(e: DragEvent): HTMLInputElement | null {
  const at = e.target instanceof Element ? e.target : null;
  if (at instanceof HTMLInputElement && at.type === "file") return null;
  const page = document.querySelector("easel-cutout");
  const over = at?.closest("easel-cutout form")?.querySelector<HTMLInputElement>('input[type="file"]');
  return over ?? page?.querySelector<HTMLInputElement>('input[type="file"][name="photo"]') ?? null;
}

// takeDropped chooses files wherever they are dropped, and sends photos when everything that is asked is answered.
export function takeDropped(): void {
  document.addEventListener("dragover", (e) => {
    if (carries(e) && fieldFor(e)) e.preventDefault();
  });
  document.addEventListener("drop", (e) => {
    const field = carries(e) ? fieldFor(e) : null;
    if (!field || !e.dataTransfer) return;
    e.preventDefault();
    if (field.multiple || e.dataTransfer.files.length === 1) field.files = e.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    if (field.name === "photo" && field.form?.reportValidity()) field.form.requestSubmit();
  });
}
