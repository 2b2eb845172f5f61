// When a request is given up: after a time, or when its caller aborts it.
import { NoAnswerError } from "./no-answer.js";
import { orAborted, reasonOf } from "./wait.js";

// What a timer can hold, in milliseconds: with more it would be over at once.
const LONGEST_TIMER = 2 ** 31 - 1;

/** Ends all that is done for one request. React Native has neither `AbortSignal.timeout` nor `AbortSignal.any`. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #abort = () => this.#controller.abort(reasonOf(this.#caller));

  /** After so many seconds, or when `caller` is aborted. */
  constructor(seconds: number, caller: AbortSignal) {
    this.#caller = caller;
    const late = () => this.#controller.abort(new NoAnswerError(`No answer within ${seconds} s`));
    this.#timer = setTimeout(late, Math.min(seconds * 1000, LONGEST_TIMER));
    if (caller.aborted) this.#abort();
    caller.addEventListener("abort", this.#abort);
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * What this answers, if that is before the end.
   *
   * @throws the caller's own reason if they have aborted, else a {@link NoAnswerError}. The reason of
   * `AbortSignal.timeout` is such a one, too.
   */
  async during<T>(what: () => T | Promise<T>): Promise<T> {
    try {
      return await orAborted((async () => what())(), this.signal);
    } catch (thrown) {
      throw this.#errorOf(this.signal.aborted ? reasonOf(this.signal) : thrown);
    }
  }

  /** To be called when the request is over. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener("abort", this.#abort);
  }

  #errorOf(cause: unknown): unknown {
    if (cause instanceof NoAnswerError) return cause;
    const { name, message } = Object(cause) as { name?: unknown; message?: unknown };
    if (this.#caller.aborted && name !== "TimeoutError") return cause;
    return new NoAnswerError(`No answer: ${String(message ?? cause)}`, cause);
  }
}
