// The photo that somebody chose before they signed in waits in their own browser, and nowhere else. After an hour it is
// forgotten the next time somebody looks; signing out forgets it at once (Clear-Site-Data).
const hour = 3_600_000;

type Kept = { photo: Blob; name: string; at: number };

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("easel", 1);
    request.addEventListener("upgradeneeded", () => request.result.createObjectStore("photo"));
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
    request.addEventListener("blocked", () => reject(new Error("blocked")));
  });
}

async function within<T>(mode: IDBTransactionMode, act: (photos: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const step = db.transaction("photo", mode);
      const request = act(step.objectStore("photo"));
      step.addEventListener("complete", () => resolve(request.result));
      step.addEventListener("error", () => reject(step.error));
      step.addEventListener("abort", () => reject(step.error));
    });
  } finally {
    db.close();
  }
}

// keep reports whether the browser took the photo: private windows may not.
export async function keep(photo: File): Promise<boolean> {
  const kept: Kept = { photo, name: photo.name, at: Date.now() };
  return within("readwrite", (photos) => photos.put(kept, "one")).then(
    () => true,
    () => false,
  );
}

export async function recall(): Promise<File | null> {
  const kept = await within<Kept | undefined>("readonly", (photos) => photos.get("one") as IDBRequest<Kept | undefined>).catch(() => undefined);
  if (!kept) return null;
  if (Date.now() - kept.at < hour) return new File([kept.photo], kept.name, { type: kept.photo.type });
  await forget();
  return null;
}

export async function forget(): Promise<void> {
  await within("readwrite", (photos) => photos.clear()).catch(() => undefined);
}
