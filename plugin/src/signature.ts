const LEAST_BYTES = 24;
const PREFIX = "whsec_";

/** Signs as https://www.standardwebhooks.com specifies. */
export class Signature {
  readonly #secret: Uint8Array<ArrayBuffer>;
  #key: Promise<CryptoKey> | undefined;

  constructor(secret: string | undefined) {
    this.#secret = decode(secret);
  }

  /** The value of `webhook-signature`. */
  async sign(id: string, timestamp: number, body: string): Promise<string> {
    // Not in the constructor: some edge platforms allow no asynchronous work before the first request.
    this.#key ??= crypto.subtle.importKey("raw", this.#secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
    const mac = await crypto.subtle.sign("HMAC", await this.#key, signed);
    return `v1,${btoa(String.fromCharCode(...new Uint8Array(mac)))}`;
  }
}

// No message may hold any of the secret.
function decode(secret: string | undefined): Uint8Array<ArrayBuffer> {
  if (!secret) throw new Error("better-auth-verifier: the secret is missing");
  if (typeof secret !== "string") throw new Error(`better-auth-verifier: the secret must be text, not of type ${typeof secret}`);
  const bytes = secret.startsWith(PREFIX) ? decodeBase64(secret.slice(PREFIX.length)) : new TextEncoder().encode(secret);
  if (bytes.length < LEAST_BYTES) {
    throw new Error(`better-auth-verifier: the secret has ${bytes.length} bytes, at least ${LEAST_BYTES} are needed`);
  }
  return bytes;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    const binary = atob(text);
    // Others are less lenient, and the service must read the same.
    if (btoa(binary) === text) return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    // Refused below.
  }
  throw new Error(`better-auth-verifier: what follows ${PREFIX} in the secret is not base64, with its padding`);
}
