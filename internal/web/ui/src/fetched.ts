// Forms that are sent by script, and files that come back.
const keepFor = 60_000; // of a file, until the browser has written it

// ask sends a form as our script does; null where nothing came back.
export function ask(address: string, body: BodyInit): Promise<Response | null> {
  return fetch(address, { method: "POST", body, headers: { "Easel-Part": "cutout", Accept: "text/html" } }).catch(() => null);
}

export function words(data: FormData): URLSearchParams {
  return new URLSearchParams(data as unknown as Record<string, string>);
}

// named reads the name of a file as the server gives it.
export function named(how: string): string {
  const coded = /filename\*=utf-8''([^;]+)/i.exec(how)?.[1];
  if (coded) return decodeURIComponent(coded);
  const quoted = /filename="((?:[^"\\]|\\.)*)"/i.exec(how)?.[1];
  return quoted?.replace(/\\(.)/g, "$1") ?? /filename=([^;]+)/i.exec(how)?.[1]?.trim() ?? "";
}

// save hands a file to the browser, as a download.
export function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), keepFor);
}
