// <easel-passkey> asks the device for a signature, or with data-add for a new passkey. It shows itself where the browser can;
// its button is the only thing in it. What the device says goes to the server as it is.
export class Passkey extends HTMLElement {
  private say: HTMLElement | null = null;

  connectedCallback(): void {
    const button = this.querySelector("button");
    if (!button || !window.PublicKeyCredential || this.say) return;
    this.say = document.createElement("p");
    this.say.className = "error";
    this.say.setAttribute("role", "alert");
    this.say.hidden = true;
    this.append(this.say);
    this.hidden = false;
    button.addEventListener("click", () => void this.run(button));
  }

  private async run(button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    this.tell("");
    try {
      const to = this.hasAttribute("data-add") ? await this.add() : await this.enter();
      if (to) {
        window.location.assign(to);
        if (to.includes("#") && samePage(to)) window.location.reload();
        return;
      }
    } catch (e) {
      this.tell(this.reason(e));
    }
    button.disabled = false;
    button.focus();
  }

  private tell(text: string): void {
    if (!this.say) return;
    this.say.textContent = text;
    this.say.hidden = text === "";
  }

  private reason(e: unknown): string {
    if (e instanceof Said) return e.message;
    const name = e instanceof DOMException ? e.name : "";
    if (name === "NotAllowedError" || name === "AbortError") return this.dataset["cancelled"] ?? "";
    if (name === "InvalidStateError") return this.dataset["known"] ?? "";
    return this.dataset["failed"] ?? "";
  }

  private async add(): Promise<string> {
    const begun = await ask("/account/passkeys/begin", "");
    if (begun.to) return begun.to; // to prove once more who is asking
    const options = begun.publicKey as CreationJSON;
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: (options.excludeCredentials ?? []).map(descriptor),
      },
    });
    if (!(made instanceof PublicKeyCredential)) return "";
    const response = made.response as AuthenticatorAttestationResponse;
    return (
      await ask(
        "/account/passkeys",
        answer(made, {
          attestationObject: text(response.attestationObject),
          clientDataJSON: text(response.clientDataJSON),
          transports: response.getTransports?.() ?? [],
        }),
      )
    ).to;
  }

  private async enter(): Promise<string> {
    const begun = await ask("/sign-in/passkey/begin", "");
    const options = begun.publicKey as RequestJSON;
    const given = await navigator.credentials.get({
      publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: (options.allowCredentials ?? []).map(descriptor) },
    });
    if (!(given instanceof PublicKeyCredential)) return "";
    const response = given.response as AuthenticatorAssertionResponse;
    const then = this.dataset["then"] ?? "";
    return (
      await ask(
        "/sign-in/passkey" + (then ? "?then=" + encodeURIComponent(then) : ""),
        answer(given, {
          authenticatorData: text(response.authenticatorData),
          clientDataJSON: text(response.clientDataJSON),
          signature: text(response.signature),
          userHandle: response.userHandle ? text(response.userHandle) : "",
        }),
      )
    ).to;
  }
}

type Descriptor = { id: string; type: PublicKeyCredentialType; transports?: AuthenticatorTransport[] };
type CreationJSON = Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> & {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials?: Descriptor[];
};
type RequestJSON = Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> & { challenge: string; allowCredentials?: Descriptor[] };
type Reply = { to: string; publicKey?: unknown };

// Said is a sentence of the server for the person.
class Said extends Error {}

async function ask(where: string, body: string): Promise<Reply> {
  const got = await fetch(where, { method: "POST", headers: { Accept: "application/json", "Content-Type": "application/json" }, body });
  const said = (await got.json()) as Reply & { detail?: string };
  if (!got.ok) throw new Said(said.detail ?? "");
  return { to: said.to ?? "", publicKey: said.publicKey };
}

function answer(of: PublicKeyCredential, response: Record<string, unknown>): string {
  return JSON.stringify({
    id: of.id,
    rawId: text(of.rawId),
    type: of.type,
    authenticatorAttachment: of.authenticatorAttachment,
    clientExtensionResults: of.getClientExtensionResults(),
    response,
  });
}

function descriptor(d: Descriptor): PublicKeyCredentialDescriptor {
  return { ...d, id: bytes(d.id) };
}

function samePage(to: string): boolean {
  const at = new URL(to, window.location.href);
  return at.pathname === window.location.pathname && at.search === window.location.search;
}

// Binary parts travel as base64url without padding.
function bytes(of: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(of.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
}

function text(of: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(of)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}
