// The box that has the service explain a credential.

import { SignedOut, ask } from "./ask.js";
import { badge, byId, definitions, element } from "./element.js";

const VERDICT_KINDS = { verified: "good", undecidable: "bad", refused: "bad" };
const CHECK_KINDS = { passed: "good", failed: "bad" };
/** Which question this is: a late answer to an earlier one is not shown. */
let question = 0;

function card(title, ...children) {
  return element("article", { class: "card" }, element("h3", {}, title), ...children);
}

/** Those of these terms that have a value. */
function known(rows) {
  return definitions(rows.filter(([, value]) => value !== null && value !== undefined), { class: "wide" });
}

function list(name, items) {
  return element(name, {}, ...items.map((item) => element("li", {}, ...item)));
}

/** A time as the checks write it. */
function utc(time) {
  return time.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
}

function verdictCard({ outcome, status, cause, strategy, meaning, remedies }) {
  const todo = remedies.length > 0 ? [element("h4", {}, "What to do"), list("ul", remedies.map((remedy) => [remedy]))] : [];
  return card("Verdict",
    known([["Verdict", badge(VERDICT_KINDS[outcome] ?? "odd", outcome)], ["Answer", String(status)], ["Cause", cause], ["Decided by", strategy]]),
    element("p", {}, meaning), ...todo);
}

function credentialCard({ carrier, cookie, form, fingerprint, unverified }) {
  const said = unverified.length > 0
    ? [element("h4", {}, "It says of itself (unverified: anybody may have written it)"), known(unverified.map(({ name, value }) => [name, value]))] : [];
  return card("Credential",
    known([["Form", form], ["Carrier", carrier], ["Cookie", cookie], ["Fingerprint", `${fingerprint}, as in the log`]]), ...said);
}

function claimItem({ strategy, claims, because }) {
  return [element("span", { class: "mono" }, strategy), " ", badge(claims ? "good" : "odd", claims ? "claims it" : "does not claim it"),
    because === null ? "" : element("span", { class: "detail" }, because)];
}

function stepItem({ strategy, what, outcome, cause, found, expected }) {
  const mark = outcome === "note" ? "" : badge(CHECK_KINDS[outcome], outcome);
  const compared = found !== null || expected !== null ? known([["Found", found], ["Expected", expected]]) : "";
  return [mark, " ", cause === null ? what : `${what} (${cause})`, " ", element("span", { class: "mono soft" }, strategy ?? "request"), compared];
}

function identityCard({ userId, role, emailVerified, sessionId, impersonatedBy, expiresAt }) {
  return card("Who is calling", known([
    ["User", userId], ["Role", role ?? "none"], ["E-mail", emailVerified ? "verified" : "not verified"],
    ["Session", sessionId], ["Impersonated by", impersonatedBy], ["Until", utc(expiresAt)],
  ]));
}

function profileItem({ profile, status, because, policies }) {
  const decisions = policies.map(({ policy, permits, because: why }) => [
    element("span", { class: "mono" }, policy), " ", badge(permits ? "good" : "bad", permits ? "permits" : "does not permit"), why === null ? "" : ` ${why}`]);
  return [element("span", { class: "mono" }, profile), " ", badge(status < 300 ? "good" : "bad", String(status)), ` ${because}`,
    decisions.length > 0 ? list("ul", decisions) : ""];
}

function show({ readAs, judgedAt, remarks, credential, strategies, steps, verdict, identity, profiles }) {
  const by = verdict.strategy === null ? "" : ` by ${verdict.strategy}`;
  const cause = verdict.cause === null ? "" : `: ${verdict.cause}`;
  byId("explained").replaceChildren(badge(VERDICT_KINDS[verdict.outcome] ?? "odd", verdict.outcome),
    `${by}${cause}. A route that needs somebody ${verdict.status < 300 ? "lets it pass" : `answers ${verdict.status}`}.`);
  const read = known([["Read as", readAs], ["Judged as of", utc(judgedAt)]]);
  const notes = remarks.length > 0 ? [element("h4", {}, "Notes"), list("ul", remarks.map((remark) => [remark]))] : [];
  byId("explanation").replaceChildren(
    verdictCard(verdict),
    ...(identity === null ? [] : [identityCard(identity)]),
    ...(credential === null ? [] : [credentialCard(credential)]),
    ...(steps.length > 0 ? [card("Checks", list("ol", steps.map(stepItem)))] : []),
    ...(strategies.length > 0 ? [card("Strategies, in order of trust", list("ol", strategies.map(claimItem)))] : []),
    ...(profiles.length > 0 ? [card("Forward-auth", list("ul", profiles.map(profileItem)))] : []),
    card("Input", read, ...notes));
}

function clearAnswer() {
  question += 1;
  byId("explained").textContent = "";
  byId("explain-fault").textContent = "";
  byId("explanation").replaceChildren();
}

/** Forgets what was pasted and what was said of it. */
export function clearExplanation() {
  byId("pasted").value = "";
  clearAnswer();
}

/** Lets the box answer. `signedOut` is called where nobody is signed in any more. */
export function prepareExplain(signedOut) {
  byId("explain").addEventListener("submit", async (event) => {
    event.preventDefault();
    clearAnswer();
    const own = question;
    try {
      const answer = await ask("explain", { method: "POST", headers: { "Content-Type": "text/plain" }, body: byId("pasted").value });
      const explanation = await answer.json();
      if (own === question) show(explanation);
    } catch (error) {
      if (error instanceof SignedOut) signedOut();
      else if (own === question) byId("explain-fault").textContent = `This was not explained: ${error.message}`;
    }
  });
  byId("explain").addEventListener("reset", () => {
    clearExplanation();
    byId("pasted").focus();
  });
  // A browser may keep a page that was left, with all that stands in it.
  window.addEventListener("pagehide", clearExplanation);
}
