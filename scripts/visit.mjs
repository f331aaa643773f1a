// A newcomer in two acts, for scripts/prove: `bring` opens the first link that the server has printed, uploads a photo, has
// it drawn and remembers what it saw in a file; `find` comes back with the same cookie and fails unless everything is there,
// to the byte.
//
//	node scripts/visit.mjs bring|find http://ADDRESS MEMORY [PHOTO LINK]
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

const [act, origin, memory, photo, link] = process.argv.slice(2);
let cookie = "";

async function ask(path, options = {}) {
	const answer = await fetch(origin + path, { redirect: "manual", ...options, headers: { accept: "text/html", cookie, ...options.headers } });
	if (answer.status >= 400) throw new Error(`${path}: ${answer.status}`);
	cookie = answer.headers.getSetCookie().find((c) => /^(__Host-)?easel=/.test(c))?.split(";")[0] ?? cookie;
	return answer;
}

const digest = async (path) => createHash("sha256").update(new Uint8Array(await (await ask(path)).arrayBuffer())).digest("hex");

async function bring() {
	const path = new URL(link).pathname;
	if (!(await (await ask(path)).text()).includes(path)) throw new Error("the first link shows no button");
	const entered = await ask(path, { method: "POST" });
	if (entered.headers.get("location") !== "/portrait/") throw new Error("the first link does not lead to the portraits");
	const agree = (await (await ask("/portrait/")).text()).match(/value="(portrait@[0-9]+)"/)?.[1];
	const form = new FormData();
	for (const [name, value] of Object.entries({ statement: "yes", age: "of-age", agree })) if (value) form.set(name, value);
	form.set("photo", new Blob([await readFile(photo)]), "visitor.jpg");
	const page = (await ask("/portrait/", { method: "POST", body: form })).headers.get("location");
	await ask(page + "/start", { method: "POST", body: new URLSearchParams({ style: "rough-sketch" }) });
	for (const end = Date.now() + 300_000; ; ) {
		const picture = (await (await ask(page)).text()).match(/\/portrait\/work\/[0-9a-f-]+\/picture/)?.[0];
		if (picture) {
			const pictures = {};
			for (const path of [page + "/original", picture]) pictures[path] = await digest(path);
			return writeFile(memory, JSON.stringify({ cookie, page, pictures }));
		}
		if (Date.now() > end) throw new Error("the portrait was not drawn");
		await new Promise((next) => setTimeout(next, 200));
	}
}

async function find() {
	const saw = JSON.parse(await readFile(memory, "utf8"));
	cookie = saw.cookie;
	if (!(await (await ask("/portrait/")).text()).includes(saw.page)) throw new Error("the visitor's photo is not listed any more");
	for (const [path, want] of Object.entries(saw.pictures)) if ((await digest(path)) !== want) throw new Error(`${path} is another picture now`);
}

await { bring, find }[act]();
