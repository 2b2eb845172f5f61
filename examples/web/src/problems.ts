// What can go wrong: each problem, provoked and explained.
import { unwrap } from "better-auth-verifier-client";
import { find, make } from "./element.js";
import { EXPLANATIONS } from "./explanations.js";
import { failureOf, retry, showFailure } from "./failure.js";
import { PROVOCATIONS, type Provocation } from "./provocations.js";

const list = find(HTMLElement, "#provocations");
const answer = find(HTMLElement, "#problem-answer");

const PREFIX = "urn:problem:";
let sends = 0;
let stopRetry = (): void => {};

async function provoke(provocation: Provocation): Promise<void> {
  const { how, send, isRetried } = provocation;
  const turn = ++sends;
  stopRetry();
  answer.setAttribute("aria-busy", "true");
  const shown = document.createElement("div");
  const failure = await unwrap(send()).then(() => undefined, failureOf);
  // Only the last one counts: an older answer may arrive later.
  if (turn !== sends) return;
  if (failure) showFailure(shown, failure, true);
  else shown.textContent = "This time nothing went wrong.";
  if (failure && isRetried) stopRetry = retry(failure, () => void provoke(provocation));
  const sent = document.createElement("p");
  sent.className = "sent";
  sent.textContent = how;
  answer.replaceChildren(sent, shown);
  answer.removeAttribute("aria-busy");
}

function button(provocation: Provocation): DocumentFragment {
  const copy = make("provocation", { status: String(provocation.status), name: provocation.name });
  const pressed = find(HTMLButtonElement, "button", copy);
  pressed.addEventListener("click", () => {
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    pressed.setAttribute("aria-current", "true");
    void provoke(provocation);
  });
  return copy;
}

// What this page cannot provoke, it explains all the same.
function others(): HTMLElement[] {
  const provoked = PROVOCATIONS.map(({ type }) => PREFIX + type);
  const rest = Object.entries(EXPLANATIONS).filter(([type]) => type.startsWith(PREFIX) && !provoked.includes(type));
  return rest.flatMap(([type, { meaning, remedy }]) => {
    const term = document.createElement("dt");
    const description = document.createElement("dd");
    term.textContent = type.replace(PREFIX, "");
    description.textContent = `${meaning} What a page does: ${remedy}`;
    return [term, description];
  });
}

export function connectProblems(): void {
  list.append(...PROVOCATIONS.map(button));
  find(HTMLElement, "#other-problems").append(...others());
}
