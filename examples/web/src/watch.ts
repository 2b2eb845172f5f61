// Seeing a sign-out take effect: a second window that asks every second who is calling, until it is refused.
import { frankApi } from "./api.js";
import { find } from "./element.js";
import { ask, isGuest, type Answer } from "./identity.js";
import { isRefusal } from "./failure.js";
import { clock } from "./moment.js";

const INTERVAL = 1000;
const SECOND = "#second";
const toggle = find(HTMLInputElement, "#watch-toggle");
const times = find(HTMLElement, "#watch-times");

let timer: ReturnType<typeof setInterval> | undefined;
let lastAccepted: Date | undefined;

/** Whether this is the window that another one has opened to look on. */
export const isSecond = location.hash === SECOND;

function note(answer: Answer): void {
  // It came after the last word was said.
  if (!timer) return;
  if ("identity" in answer) {
    lastAccepted = new Date();
    times.textContent = `Accepted, last at ${clock(lastAccepted)}.`;
  } else if (isRefusal(answer.failure)) {
    // Asking on would change nothing but the count of failures.
    stop();
    const before = lastAccepted ? `Accepted until ${clock(lastAccepted)}, refused` : "Refused";
    times.textContent = `${before} at ${clock(new Date())}. It has stopped asking.`;
  }
}

function start(): void {
  toggle.checked = true;
  timer ??= setInterval(() => void ask(frankApi()).then(note), INTERVAL);
  void ask(frankApi()).then(note);
}

function stop(): void {
  toggle.checked = false;
  clearInterval(timer);
  timer = undefined;
  times.textContent = "";
}

export function connectWatch(): void {
  toggle.addEventListener("change", () => (toggle.checked ? start() : stop()));
  find(HTMLElement, "#watch-open").addEventListener("click", () => {
    // What is kept for this tab, it gets a copy of.
    window.open(SECOND, "_blank", "popup,width=460,height=860");
  });
  // Something may have ended while nobody looked: a session, or an outage.
  window.addEventListener("focus", () => {
    if (!isGuest() && !timer) void ask();
  });
  if (isSecond) start();
}
