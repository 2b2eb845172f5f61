// What the page is made of. What it hears becomes text, never HTML.

export const byId = (id) => document.getElementById(id);

/** An element with these attributes and children; text stays text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function badge(kind, text) {
  return element("span", { class: `badge ${kind}` }, text);
}

/** Terms and what they mean at this moment. */
export function fillList(list, rows) {
  list.replaceChildren(...rows.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value)]));
}

export function definitions(rows, attributes = {}) {
  const list = element("dl", attributes);
  fillList(list, rows);
  return list;
}
