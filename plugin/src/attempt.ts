import type { Event } from "./event.js";
import type { Signature } from "./signature.js";

/** What one attempt came to. */
export type Outcome =
  | { readonly kind: "delivered" }
  /** Trying again would not help. */
  | { readonly kind: "refused"; readonly reason: string }
  /** Somebody has to put it right: the secret, the address or a clock. In the middle of a change of these it comes right by itself. */
  | { readonly kind: "rejected"; readonly reason: string }
  /** Another attempt may succeed, after so many milliseconds at least. */
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfter: number };

// A day. Timers take no number of any size: those that are too long for them end at once.
const LONGEST_RETRY_AFTER = 24 * 60 * 60_000;

/** Sends an event once. Never rejects. */
export async function attempt(url: URL, event: Event, signature: Signature, timeout: number): Promise<Outcome> {
  // The receiver refuses old signatures, so every attempt has its own.
  const timestamp = Math.floor(Date.now() / 1000);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": await signature.sign(event.id, timestamp, event.body),
      },
      body: event.body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeout),
    });
    // Nobody reads it, and unread it would hold the connection.
    await response.body?.cancel().catch(() => {});
    return judge(response);
  } catch (error) {
    return { kind: "failed", reason: explain(error), retryAfter: 0 };
  }
}

function judge(response: Response): Outcome {
  const { ok, status } = response;
  // 409: an earlier attempt had arrived, only its answer had not.
  if (ok || status === 409) return { kind: "delivered" };
  const reason = `it answered ${status}`;
  if ([401, 403, 404].includes(status)) return { kind: "rejected", reason };
  if (status !== 408 && status !== 429 && status < 500) return { kind: "refused", reason };
  const seconds = response.headers.get("retry-after") ?? "";
  const retryAfter = /^\d+$/.test(seconds) ? Math.min(Number(seconds) * 1000, LONGEST_RETRY_AFTER) : 0;
  return { kind: "failed", reason, retryAfter };
}

// Node's "fetch failed" keeps what happened in its cause.
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? ((cause as { code?: string }).code ?? cause.message) : error.message;
}
