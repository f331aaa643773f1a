// The photo that somebody chose before they signed in waits in their own browser, and nowhere else. After an hour it is
// forgotten the next time somebody looks; signing out forgets it at once (Clear-Site-Data).
const hour = 3_600_000;

type Kept = { photo: Blob; name: string; at: number };

// A page that was left is put to sleep by the browser, with the lock that it held on the photo's place, and sleeps for minutes.
// Nobody waits for it longer than this, in milliseconds.
const patience = 2000;
const writing = 15_000; // of a large photo, to a slow disk

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("easel", 1);
    let late = false;
    const timer = window.setTimeout(() => {
      late = true;
      reject(new Error("locked"));
    }, patience);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore("photo"));
    request.addEventListener("success", () => {
      window.clearTimeout(timer);
      if (late) request.result.close();
      else resolve(request.result);
    });
    request.addEventListener("error", () => reject(request.error));
    request.addEventListener("blocked", () => reject(new Error("blocked")));
  });
}

async function within<T>(mode: IDBTransactionMode, act: (photos: IDBObjectStore) => IDBRequest<T>, most = patience): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const step = db.transaction("photo", mode);
      const request = act(step.objectStore("photo"));
      const timer = window.setTimeout(() => step.abort(), most);
      step.addEventListener("complete", () => {
        window.clearTimeout(timer);
        resolve(request.result);
      });
      step.addEventListener("error", () => reject(step.error));
      step.addEventListener("abort", () => reject(step.error));
    });
  } finally {
    db.close();
  }
}

// empty reports that no photo was ever kept here. Only looking for one makes no place for it: what is not there locks nobody out.
async function empty(): Promise<boolean> {
  if (!("databases" in indexedDB)) return false; // an older browser does not say
  return indexedDB.databases().then(
    (all) => all.every((db) => db.name !== "easel"),
    () => false,
  );
}

// keep reports whether the browser took the photo: private windows may not.
export async function keep(photo: File): Promise<boolean> {
  const kept: Kept = { photo, name: photo.name, at: Date.now() };
  return within("readwrite", (photos) => photos.put(kept, "one"), writing).then(
    () => true,
    () => false,
  );
}

export async function recall(): Promise<File | null> {
  if (await empty()) return null;
  const kept = await within<Kept | undefined>("readonly", (photos) => photos.get("one") as IDBRequest<Kept | undefined>).catch(() => undefined);
  if (!kept) return null;
  if (Date.now() - kept.at < hour) return new File([kept.photo], kept.name, { type: kept.photo.type });
  await forget();
  return null;
}

export async function forget(): Promise<void> {
  if (await empty()) return;
  await within("readwrite", (photos) => photos.clear()).catch(() => undefined);
}
