import { Signature } from "./signature.js";

export interface VerifierOptions {
  /**
   * Where the service hears of events. With several instances the address of each, as each has caches of its own. `undefined` is
   * refused, as it is for the secret: both may come from the environment.
   */
  url: string | string[] | undefined;
  /** The service has the same. At least 24 bytes; after `whsec_`, their base64. `undefined` is refused. */
  secret: string | undefined;
  /** Milliseconds that one attempt may take, from 1 to 60 000. 2000 unless given. */
  timeout?: number;
  /** Milliseconds after which an event that could not be delivered is lost, at most a day. 600 000 unless given; 0 tries once. */
  giveUpAfter?: number;
}

/** The options, once they are known to be right. */
export interface Settings {
  readonly urls: readonly URL[];
  readonly signature: Signature;
  readonly timeout: number;
  readonly giveUpAfter: number;
}

const KNOWN = ["url", "secret", "timeout", "giveUpAfter"];
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Throws an error that says which option is wrong and what it must be. No error holds any of the secret. */
export function readOptions(options: VerifierOptions): Settings {
  if (typeof options !== "object" || options === null) throw wrong("it needs an object with url and secret");
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw wrong(`there is no option ${show(unknown)}; there are: ${KNOWN.join(", ")}`);

  const urls = [options.url].flat().map(readUrl);
  if (urls.length === 0) throw wrong("the url is missing: the list is empty");
  return {
    urls,
    signature: new Signature(options.secret),
    timeout: readMilliseconds("timeout", options.timeout, { least: 1, most: MINUTE, otherwise: 2000 }),
    giveUpAfter: readMilliseconds("giveUpAfter", options.giveUpAfter, { least: 0, most: DAY, otherwise: 10 * MINUTE }),
  };
}

function readUrl(given: unknown): URL {
  if (given === undefined) throw wrong("the url is missing");
  if (typeof given !== "string") throw wrong(`the url must be text, not ${show(given)}`);
  const url = URL.canParse(given) ? new URL(given) : undefined;
  // Fetch takes no user and password in it.
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  throw wrong("the url must be one of http or https, without a user or a password");
}

function readMilliseconds(name: string, given: unknown, { least, most, otherwise }: Record<"least" | "most" | "otherwise", number>) {
  if (given === undefined) return otherwise;
  if (Number.isInteger(given) && (given as number) >= least && (given as number) <= most) return given as number;
  throw wrong(`${name} must be a whole number of milliseconds from ${least} to ${most}, not ${show(given)}`);
}

function wrong(reason: string): Error {
  return new Error(`better-auth-verifier: ${reason}`);
}

function show(given: unknown): string {
  if (typeof given === "string") return JSON.stringify(given);
  return typeof given === "number" || given === null ? String(given) : `of type ${typeof given}`;
}
