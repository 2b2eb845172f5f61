// A page of an origin that the service does not trust, in a hidden frame. It sends a request and tells what came of it.
import type { Answer } from "better-auth-verifier-client";
import { STRANGER_URL } from "./place.js";

/** What that page tells. */
export interface Told {
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: unknown;
}

export async function askStranger(): Promise<Answer<unknown>> {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = `${STRANGER_URL}/stranger.html`;
  const told = hear(frame);
  document.body.append(frame);
  const { status, headers, body } = await told.finally(() => frame.remove());
  return { error: body, response: new Response(null, { status, headers }) };
}

function hear(frame: HTMLIFrameElement): Promise<Told> {
  return new Promise((resolve, reject) => {
    const heard = new AbortController();
    const signal = AbortSignal.timeout(5000);
    signal.addEventListener("abort", () => (heard.abort(), reject(signal.reason)));
    window.addEventListener(
      "message",
      ({ source, data }: MessageEvent<Told>) => {
        if (source !== frame.contentWindow) return;
        heard.abort();
        resolve(data);
      },
      { signal: heard.signal },
    );
  });
}
