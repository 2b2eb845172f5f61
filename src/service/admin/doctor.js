// The button that has the service examined.

import { SignedOut, ask } from "./ask.js";
import { badge, byId, definitions, element } from "./element.js";

/** The levels of findings, the worst first. */
const LEVELS = [["broken", "Broken", "bad"], ["warning", "Warnings", "odd"], ["unknown", "Unknown", "odd"], ["fine", "Fine", "good"]];
const STATUSES = { broken: ["bad", "Something is broken"], warnings: ["odd", "Nothing is broken"], well: ["good", "All is well"] };
/** Which examination this is: the answer to an earlier one is not shown. */
let examination = 0;
let isUnderWay = false;

function findingItem({ area, key, origin, found, expected, remedy }) {
  const decided = key === undefined ? [] : [["Key", origin === undefined ? key : `${key} (from ${origin})`]];
  const rows = [...decided, ["Found", found], ["Expected", expected], ["What to do", remedy]];
  return element("li", {}, element("strong", {}, area.replace("-", " ")),
    definitions(rows.filter(([, value]) => value !== undefined), { class: "wide" }));
}

/** Shown to whoever wants to know. */
function folded(name, content) {
  return element("details", { class: "card" }, element("summary", {}, name), content);
}

function levelCard([level, title, kind], findings) {
  const those = findings.filter((finding) => finding.level === level);
  if (those.length === 0) return [];
  const name = element("h3", {}, `${title} `, badge(kind, String(those.length)));
  const list = element("ul", { class: "findings" }, ...those.map(findingItem));
  return [level === "fine" ? folded(name, list) : element("article", { class: "card" }, name, list)];
}

function valuesCard(values) {
  if (values.length === 0) return [];
  const name = element("h3", {}, "Values that are not the defaults ", badge("plain", String(values.length)));
  return [folded(name, definitions(values.map(({ key, origin }) => [key, origin]), { class: "wide" }))];
}

function show({ status, findings, values }) {
  const count = (level) => findings.filter((finding) => finding.level === level).length;
  const [kind, words] = STATUSES[status];
  byId("examined").replaceChildren(badge(kind, words),
    ` ${count("broken")} broken, ${count("warning")} warnings, ${count("unknown")} unknown, ${count("fine")} fine.`);
  byId("report").replaceChildren(...LEVELS.flatMap((level) => levelCard(level, findings)), ...valuesCard(values));
}

/** Forgets what was found. */
export function clearReport() {
  examination += 1;
  byId("examined").textContent = "";
  byId("doctor-fault").textContent = "";
  byId("report").replaceChildren();
}

/** Lets the button answer. `signedOut` is called where nobody is signed in any more. */
export function prepareDoctor(signedOut) {
  byId("doctor").addEventListener("submit", async (event) => {
    event.preventDefault();
    // The button keeps the focus meanwhile, which one that is disabled would lose.
    if (isUnderWay) return;
    isUnderWay = true;
    clearReport();
    const own = examination;
    byId("examined").textContent = "Examining …";
    byId("report").setAttribute("aria-busy", "true");
    try {
      const report = await (await ask("doctor", { method: "POST" })).json();
      if (own === examination) show(report);
    } catch (error) {
      if (error instanceof SignedOut) signedOut();
      else if (own === examination) {
        byId("examined").textContent = "";
        byId("doctor-fault").textContent = `The service was not examined: ${error.message}`;
      }
    } finally {
      isUnderWay = false;
      byId("report").removeAttribute("aria-busy");
    }
  });
}
