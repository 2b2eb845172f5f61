// Signing up, in and out, at Better Auth. The service is asked afterwards who that is.
import { forgetJwt } from "./api.js";
import { signIn, signOut, signOutEverywhere, signUp, type Fault, type Person } from "./better-auth.js";
import { find } from "./element.js";
import { ask } from "./identity.js";
import { say } from "./message.js";
import { showPresentation } from "./presentation.js";

const HEARD = 150;
const form = find(HTMLFormElement, "#account-form");
const title = find(HTMLElement, "#account-title");
const name = find(HTMLElement, "#account-name");
const fault = find(HTMLElement, "#account-fault");
const submit = find(HTMLButtonElement, "#account-submit");
const identityTitle = find(HTMLElement, "#identity-title");
const mode = find(HTMLButtonElement, "#account-mode");

let isNew = true;

function showMode(): void {
  title.textContent = isNew ? "Create an account" : "Sign in";
  submit.textContent = isNew ? "Create account" : "Sign in";
  mode.textContent = isNew ? "I have an account" : "I am new here";
  name.hidden = !isNew;
  find(HTMLInputElement, "input", name).disabled = !isNew;
  find(HTMLInputElement, "[name=password]", form).autocomplete = isNew ? "new-password" : "current-password";
  fault.textContent = "";
}

async function enter(): Promise<void> {
  const person = Object.fromEntries(new FormData(form)) as unknown as Person;
  submit.disabled = true;
  fault.textContent = (await (isNew ? signUp(person) : signIn(person))) ?? "";
  submit.disabled = false;
  if (fault.textContent) return;
  form.reset();
  await changed("Signed in.");
}

async function leave(how: () => Promise<Fault>, done: string): Promise<void> {
  const fault = await how();
  // Better Auth answers without waiting for the service, which hears of it within 0.1 s.
  await new Promise((resolve) => setTimeout(resolve, HEARD));
  await changed(fault ?? done);
}

async function changed(what: string): Promise<void> {
  forgetJwt();
  showPresentation();
  await ask();
  // What was pressed is gone now, and the focus with it.
  identityTitle.focus();
  say(what);
}

export function connectAccount(): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void enter();
  });
  mode.addEventListener("click", () => {
    isNew = !isNew;
    showMode();
  });
  find(HTMLElement, "#sign-out").addEventListener("click", () => void leave(signOut, "Signed out."));
  find(HTMLElement, "#sign-out-everywhere").addEventListener("click", () => {
    void leave(signOutEverywhere, "All your sessions have ended.");
  });
}
