// What operators look at. It asks its own service again and again while it is in view, and writes what it hears as text, never
// as HTML.

import { SignedOut, ask } from "./ask.js";
import { clearReport, prepareDoctor } from "./doctor.js";
import { badge, byId, definitions, element, fillList } from "./element.js";
import { clearExplanation, prepareExplain } from "./explain.js";

const STATE_EVERY = 4000;
const VERDICTS_EVERY = 1500;
const KEPT = 500;

const number = new Intl.NumberFormat("en");
const verdicts = [];
let last = 0;
let isPaused = false;
/** Which round of looking this is; zero while nobody is signed in. */
let round = 0;
let rounds = 0;

function counted(count, one, many) {
  return `${number.format(count)} ${count === 1 ? one : many}`;
}

function seconds(value) {
  if (value >= 120) return `${number.format(Math.round(value / 60))} min`;
  return value >= 1 || value === 0 ? `${number.format(Math.round(value))} s` : `${Math.round(value * 1000)} ms`;
}

// The state.

const FEED_KINDS = { listening: "good", lost: "bad", unsupported: "odd" };

function seenWithin({ withinSeconds: bound, hook }) {
  const text = bound === undefined ? "when the credential expires" : bound === 0 ? "at once" : `within ${seconds(bound)}`;
  return hook ? `${text}, or when the hook tells` : text;
}

function partRows({ cache, guard, keys }) {
  const rows = [];
  if (cache) {
    rows.push(["Cache", `${counted(cache.entries, "identity", "identities")}, ${seconds(cache.maxAgeSeconds)} each`]);
    rows.push(["Cache filled", `${Math.round((100 * cache.weight) / cache.capacity)} % of ${number.format(cache.capacity)}`]);
  }
  if (guard) {
    rows.push(["Breaker", badge(guard.open ? "bad" : "good", guard.open ? "open" : "closed")]);
    rows.push(["Breaker opened", counted(guard.openings, "time", "times")]);
    rows.push(["Look-ups", `${guard.underWay} under way, ${guard.waiting} waiting`]);
  }
  if (keys) {
    const age = keys.ageSeconds === undefined ? "never fetched" : `fetched ${seconds(keys.ageSeconds)} ago`;
    rows.push(["Key set", `${counted(keys.keys, "key", "keys")}, ${age}`]);
    if (keys.failure) rows.push(["Last fetch failed", keys.failure]);
  }
  return rows;
}

function strategyCard(strategy) {
  const state = badge(strategy.state === "ready" ? "good" : "bad", strategy.state);
  const card = element("article", { class: "card" },
    element("div", { class: "title" }, element("h3", { class: "mono" }, strategy.name), state));
  const feeds = strategy.freshness.feeds.map((feed) => {
    const lag = feed.lagSeconds === undefined ? "" : `, within ${seconds(feed.lagSeconds)}`;
    return [`Feed ${feed.name}`, badge(FEED_KINDS[feed.state] ?? "odd", feed.state + lag)];
  });
  card.append(definitions([["A sign-out is seen", seenWithin(strategy.freshness)], ...feeds]));
  for (const part of strategy.parts) {
    if (strategy.parts.length > 1) card.append(element("h4", { class: "mono" }, part.strategy));
    const rows = partRows(part);
    if (rows.length > 0) card.append(definitions(rows));
  }
  return card;
}

function showState(state) {
  byId("version").textContent = state.version;
  const overall = byId("overall");
  // Said anew only where it changes: a screen reader reads it out.
  const words = state.ready ? "Ready" : "Not ready";
  if (overall.textContent !== words) overall.textContent = words;
  overall.className = `badge ${state.ready ? "good" : "bad"}`;
  byId("strategies").replaceChildren(...state.strategies.map(strategyCard));
  const { open, most, clients, caps } = state.connections;
  fillList(byId("connections"), [
    ["Open", number.format(open)],
    ["At most", number.format(most)],
    ["Addresses", number.format(clients)],
  ]);
  byId("caps").replaceChildren(...caps.map((cap) => element("tr", {},
    element("th", { scope: "row", class: "mono" }, cap.name),
    element("td", { class: "number" }, number.format(cap.closed)),
    element("td", { class: "number" }, number.format(cap.refused)))));
  byId("limits-card").hidden = state.limits.length === 0;
  byId("limits").replaceChildren(...state.limits.map(({ name, requests, bytes, windowSeconds, refused }) => {
    const quota = requests === undefined ? `${number.format(Math.round(bytes / 1048576))} MiB` : number.format(requests);
    return element("tr", {},
      element("th", { scope: "row", class: "mono" }, name),
      element("td", { class: "number" }, `${quota} in ${seconds(windowSeconds)}`),
      element("td", { class: "number" }, number.format(refused)));
  }));
  fillList(byId("revocations"), [
    ["Heard of", number.format(state.revocations)],
    ["Hook", state.hook ? "on" : "off"],
  ]);
}

// The verdicts.

const VERDICT_KINDS = { verified: "good", guest: "good", undecidable: "bad", failed: "bad" };

function verdictRow(verdict) {
  const time = new Date(verdict.at);
  const detail = verdict.detail && verdict.detail !== `refused: ${verdict.cause}`
    ? element("span", { class: "detail" }, verdict.detail) : undefined;
  const narrow = { class: "narrow" };
  const mono = { class: "narrow mono" };
  return element("tr", {},
    element("td", narrow, element("time", { datetime: verdict.at, title: time.toString() }, time.toLocaleTimeString())),
    element("td", narrow, badge(VERDICT_KINDS[verdict.verdict] ?? "odd", verdict.verdict)),
    element("td", detail ? {} : narrow, verdict.cause ?? "", detail),
    element("td", mono, verdict.strategy),
    element("td", mono, verdict.carrier),
    element("td", mono, verdict.client ?? ""),
    element("td", { class: "mono id" }, verdict.user ?? ""),
    element("td", { class: "mono id" }, verdict.request ?? ""),
    element("td", { class: "mono id" }, verdict.requestId ?? ""));
}

function isWanted(verdict) {
  const wanted = (id) => byId(id).value.trim().toLowerCase();
  const holds = (text, part) => (text ?? "").toLowerCase().includes(part);
  return (wanted("verdict") === "" || verdict.verdict === wanted("verdict"))
    && holds(verdict.cause, wanted("cause"))
    && holds(verdict.client, wanted("client"))
    && holds(verdict.requestId, wanted("request"));
}

function showVerdicts() {
  const shown = verdicts.filter(isWanted);
  byId("verdicts").replaceChildren(...shown.map(verdictRow));
  const words = `${shown.length} of ${verdicts.length} shown${isPaused ? ", paused" : ""}`;
  if (byId("shown").textContent !== words) byId("shown").textContent = words;
  const causes = new Set(verdicts.map((verdict) => verdict.cause).filter(Boolean));
  if (causes.size !== byId("causes").children.length) {
    byId("causes").replaceChildren(...[...causes].sort().map((cause) => element("option", { value: cause })));
  }
}

async function hearVerdicts() {
  const news = await (await ask(`verdicts?after=${last}`)).json();
  // The service has begun anew, and counts from one again.
  if (news.last < last) {
    last = 0;
    verdicts.length = 0;
    return hearVerdicts();
  }
  last = news.last;
  if (news.verdicts.length === 0) return undefined;
  verdicts.unshift(...news.verdicts.reverse());
  verdicts.length = Math.min(verdicts.length, KEPT);
  return showVerdicts();
}

// Looking, again and again.

function notice(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = text === "";
}

function showLogin() {
  round = 0;
  byId("content").hidden = true;
  byId("logout").hidden = true;
  byId("overall").textContent = "";
  verdicts.length = 0;
  last = 0;
  clearExplanation();
  clearReport();
  if (byId("login").hidden) {
    byId("login").hidden = false;
    byId("token").focus();
  }
}

async function every(pause, look, isOff) {
  const own = round;
  while (round === own) {
    if (document.visibilityState === "visible" && !isOff()) {
      try {
        await look();
        notice("");
      } catch (error) {
        if (error instanceof SignedOut) return showLogin();
        notice(`The service does not answer (${error.message}). What is shown may be old; the page tries again.`);
      }
    }
    await new Promise((done) => setTimeout(done, pause));
  }
  return undefined;
}

async function begin() {
  let state;
  try {
    state = await (await ask("state")).json();
  } catch (error) {
    if (error instanceof SignedOut) return showLogin();
    notice(`The service does not answer (${error.message}). The page tries again.`);
    return setTimeout(begin, STATE_EVERY);
  }
  notice("");
  byId("login").hidden = true;
  byId("content").hidden = false;
  byId("logout").hidden = !state.tokenNeeded;
  showState(state);
  showVerdicts();
  rounds += 1;
  round = rounds;
  every(STATE_EVERY, async () => showState(await (await ask("state")).json()), () => false);
  return every(VERDICTS_EVERY, hearVerdicts, () => isPaused);
}

byId("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const fault = byId("login-fault");
  fault.textContent = "";
  try {
    const body = JSON.stringify({ token: byId("token").value });
    await ask("login", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    byId("token").value = "";
    byId("login").hidden = true;
    byId("main").focus();
    await begin();
  } catch (error) {
    fault.textContent = error instanceof SignedOut ? "This is not the token." : `The service does not answer (${error.message}).`;
    byId("token").focus();
  }
});

byId("logout").addEventListener("click", async () => {
  try {
    await ask("logout", { method: "POST" });
    showLogin();
  } catch (error) {
    notice(`Signing out has failed (${error.message}).`);
  }
});

byId("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  byId("pause").setAttribute("aria-pressed", String(isPaused));
  showVerdicts();
});

byId("filters").addEventListener("input", showVerdicts);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("filters").addEventListener("reset", () => setTimeout(showVerdicts));

prepareExplain(showLogin);
prepareDoctor(showLogin);
begin();
