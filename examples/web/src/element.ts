// Finding elements, and making them from the page's templates. What is missing is a fault of the page, not of its user.

/** The element of this kind that the selector names. */
export function find<Kind extends Element>(kind: new () => Kind, selector: string, within: ParentNode = document): Kind {
  const found = within.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`no ${kind.name} at ${selector}`);
}

/** What is named so in a template: `data-slot="…"`. */
export function slot<Kind extends Element = HTMLElement>(within: ParentNode, name: string, kind?: new () => Kind): Kind {
  return find(kind ?? (HTMLElement as unknown as new () => Kind), `[data-slot="${name}"]`, within);
}

/** A copy of the template with this id; texts are put into the slots that they name. */
export function make(id: string, texts: Record<string, string> = {}): DocumentFragment {
  const copy = document.importNode(find(HTMLTemplateElement, `template#${id}`).content, true);
  for (const [name, text] of Object.entries(texts)) slot(copy, name).textContent = text;
  return copy;
}
