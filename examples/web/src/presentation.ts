// The switch: how this page presents its credential. After each change the service is asked anew.
import { present, presentation, type Presentation } from "./api.js";
import { sessionToken } from "./better-auth.js";
import { find } from "./element.js";
import { ask } from "./identity.js";

const choices = find(HTMLElement, "#presentation");
const hint = find(HTMLElement, "#presentation-hint");

const HINTS: Record<Presentation, string> = {
  cookie: "The session cookie, which the browser sends by itself.",
  bearer: "The session token of the sign-in, in Authorization.",
  jwt: "A token signed for 15 minutes, in Authorization.",
};
const NO_TOKEN = "This tab has no session token: sign in here to get one.";

/** Says what the chosen way is, and what it lacks. */
export function showPresentation(): void {
  const chosen = presentation();
  find(HTMLInputElement, `[value="${chosen}"]`, choices).checked = true;
  hint.textContent = chosen === "bearer" && !sessionToken() ? NO_TOKEN : HINTS[chosen];
}

export function connectPresentation(): void {
  choices.addEventListener("change", ({ target }) => {
    present((target as HTMLInputElement).value as Presentation);
    showPresentation();
    void ask();
  });
  showPresentation();
}
