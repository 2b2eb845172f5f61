// When a request is sent again because the answer said to come back later.
import { pause } from "./wait.js";

const MOST_RETRIES = 3;
const IDEMPOTENT = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

/** How much longer one request may wait, all its waits together. */
export class Patience {
  #seconds: number;
  #retries = MOST_RETRIES;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** Waits as long as the answer asks for, and tells whether the request is to be sent again. */
  async outlasts(request: Request, response: Response, signal: AbortSignal): Promise<boolean> {
    const wait = isRepeatable(request, response) ? retryAfter(response.headers) : undefined;
    if (wait === undefined || this.#retries === 0 || !this.spend(wait)) return false;
    this.#retries -= 1;
    await pause(wait * 1000, signal);
    return true;
  }

  /** Takes so many seconds from it, and tells whether it has them. */
  spend(seconds: number): boolean {
    if (seconds > this.#seconds || this.#seconds <= 0) return false;
    this.#seconds -= seconds;
    return true;
  }
}

/** The seconds that `Retry-After` asks to wait. */
export function retryAfter(headers: Headers): number | undefined {
  const value = headers.get("Retry-After")?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value);
  // Date.parse alone would take "1.5" for a day in January.
  const date = value.endsWith("GMT") ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

// Whatever was answered with 429 was not carried out; with 503 it may have been.
function isRepeatable({ method }: Request, { status }: Response): boolean {
  return status === 429 || (status === 503 && IDEMPOTENT.includes(method));
}
