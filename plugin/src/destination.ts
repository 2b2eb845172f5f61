import { attempt, type Outcome } from "./attempt.js";
import type { Event } from "./event.js";
import type { Settings } from "./options.js";
import type { Report } from "./report.js";
import type { Signature } from "./signature.js";

const PENDING = 10_000;
// A service that hangs must not use up the process's sockets.
const AT_ONCE = 16;
const FIRST_WAIT = 100;
const LONGEST_WAIT = 10_000;
const COMPLAIN_EVERY = 60_000;

interface Delivery {
  readonly event: Event;
  readonly since: number;
  readonly end: () => void;
  attempts: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** One address that events are sent to, each on its own and until it is delivered. */
export class Destination {
  readonly #url: URL;
  readonly #signature: Signature;
  readonly #timeout: number;
  readonly #giveUpAfter: number;
  readonly #report: Report;
  // In the order in which they came.
  readonly #pending = new Set<Delivery>();
  readonly #due = new Set<Delivery>();
  #running = 0;
  #complaint: string | undefined;
  // How often in a row the service has rejected an event, which is no fault of that event.
  #rejections = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #complainedAt = 0;
  // How many have been lost that no line tells of yet.
  #lost = 0;
  #countedAt = 0;

  constructor(url: URL, { signature, timeout, giveUpAfter }: Omit<Settings, "urls">, report: Report) {
    this.#url = url;
    this.#signature = signature;
    this.#timeout = timeout;
    this.#giveUpAfter = giveUpAfter;
    this.#report = report;
  }

  /** Fulfilled when the event is delivered or lost. Never rejects. */
  deliver(event: Event): Promise<void> {
    return new Promise((end) => {
      const [oldest] = this.#pending;
      if (oldest && this.#pending.size >= PENDING) this.#lose(oldest, `more than ${PENDING} events wait`);
      const delivery = { event, since: Date.now(), end, attempts: 0 };
      this.#pending.add(delivery);
      this.#enqueue(delivery);
    });
  }

  #enqueue(delivery: Delivery): void {
    this.#due.add(delivery);
    this.#run();
  }

  #run(): void {
    for (const delivery of this.#due) {
      // After a rejection one event at a time finds out whether it is over.
      if (this.#rest || this.#running >= (this.#rejections > 0 ? 1 : AT_ONCE)) return;
      this.#due.delete(delivery);
      this.#running++;
      delivery.attempts++;
      void this.#attempt(delivery);
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const outcome = await attempt(this.#url, delivery.event, this.#signature, this.#timeout);
    this.#running--;
    if (outcome.kind === "delivered") this.#recover();
    // Meanwhile it may have been lost to newer ones.
    if (this.#pending.has(delivery)) this.#conclude(delivery, outcome);
    this.#count();
    this.#run();
  }

  #conclude(delivery: Delivery, outcome: Outcome): void {
    switch (outcome.kind) {
      case "delivered":
        return this.#settle(delivery);
      case "refused":
        return this.#refuse(delivery, outcome.reason);
      case "rejected":
        this.#complain(
          `rejects events: ${outcome.reason}. Check that the service has the same secret in revocation.hook_secret (without one ` +
            "it answers 404), that the url is right, and that the clocks agree within five minutes",
        );
        return this.#wait(delivery, 0);
      case "failed":
        if (this.#rejections > 0) {
          this.#complain(`rejected events and fails now: ${outcome.reason}. Check that the service runs and that the url is right`);
          return this.#wait(delivery, outcome.retryAfter);
        }
        return this.#retry(delivery, outcome.reason, outcome.retryAfter);
    }
  }

  #retry(delivery: Delivery, reason: string, retryAfter: number): void {
    const wait = Math.max(retryAfter, backoff(delivery.attempts - 1));
    if (Date.now() + wait - delivery.since > this.#giveUpAfter) this.#lose(delivery, reason);
    else delivery.timer = setQuietTimeout(() => this.#enqueue(delivery), wait);
  }

  // All of them wait: one attempt tells about each.
  #wait(delivery: Delivery, retryAfter: number): void {
    if (this.#isOver(delivery)) this.#giveUp(delivery);
    else this.#due.add(delivery);
    // What one answer asks for must not cost the events that come meanwhile.
    const rest = Math.min(retryAfter, this.#giveUpAfter);
    this.#rest ??= setQuietTimeout(() => this.#resume(), Math.max(rest, backoff(this.#rejections++)));
  }

  #resume(): void {
    this.#rest = undefined;
    for (const delivery of this.#due) if (this.#isOver(delivery)) this.#giveUp(delivery);
    this.#count();
    this.#run();
  }

  // Nothing is given up untried, however long the others had to rest.
  #isOver({ attempts, since }: Delivery): boolean {
    return attempts > 0 && Date.now() - since >= this.#giveUpAfter;
  }

  #recover(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#rejections = 0;
    this.#complaint = undefined;
  }

  #complain(problem: string): void {
    if (Date.now() - this.#complainedAt < COMPLAIN_EVERY) return;
    this.#complainedAt = Date.now();
    this.#report(`${this.#address} ${problem}. The plugin tries each event again for ${this.#giveUpAfter / 1000} s`);
  }

  // Of those that are lost while the service rejects events, not one line each.
  #giveUp(delivery: Delivery): void {
    this.#settle(delivery);
    this.#lost++;
  }

  // When none waits any more nobody may come to tell later.
  #count(): void {
    if (this.#lost === 0 || (this.#pending.size > 0 && Date.now() - this.#countedAt < COMPLAIN_EVERY)) return;
    this.#countedAt = Date.now();
    this.#report(`events that were not delivered to ${this.#address} and are lost: ${this.#lost}`);
    this.#lost = 0;
  }

  #refuse(delivery: Delivery, reason: string): void {
    this.#lose(delivery, reason);
    this.#complaint = reason;
  }

  #lose(delivery: Delivery, reason: string): void {
    if (this.#rejections > 0) {
      this.#giveUp(delivery);
      return this.#count();
    }
    const { id, type } = delivery.event;
    this.#settle(delivery);
    if (reason === this.#complaint) return;
    this.#report(`${type} ${id} was not delivered to ${this.#address}: ${reason}`);
  }

  // What follows the path may be a key.
  get #address(): string {
    return this.#url.origin + this.#url.pathname;
  }

  #settle(delivery: Delivery): void {
    clearTimeout(delivery.timer);
    this.#pending.delete(delivery);
    this.#due.delete(delivery);
    delivery.end();
  }
}

// Doubled each time, and spread so that not all retry together.
function backoff(failures: number): number {
  return Math.min(FIRST_WAIT * 2 ** failures, LONGEST_WAIT) * (0.75 + Math.random() / 2);
}

// A script that has finished does not wait for what may never be delivered. Only Node and Bun let it.
function setQuietTimeout(callback: () => void, milliseconds: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(callback, milliseconds);
  (timer as { unref?: () => void }).unref?.();
  return timer;
}
