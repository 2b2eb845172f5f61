// One to-do of the list: to tick, to rename, to delete.
import type { Todo, TodoPatch } from "better-auth-verifier-client";
import { find, make, slot } from "./element.js";

/** What can be done to it. Each tells whether it was. */
export interface Actions {
  change(patch: TodoPatch): Promise<boolean>;
  remove(): Promise<boolean>;
}

export class TodoItem {
  readonly element = find(HTMLLIElement, "li", make("todo"));
  readonly #box = find(HTMLInputElement, "input", this.element);
  readonly #rename = slot(this.element, "rename");
  readonly #delete = slot(this.element, "delete");
  readonly #actions: Actions;
  #title: string;

  get title(): string {
    return this.#title;
  }

  constructor({ title, completed }: Todo, actions: Actions) {
    this.#title = title;
    this.#actions = actions;
    this.#box.checked = completed;
    this.#showTitle();
    this.#box.addEventListener("change", () => void this.#tick());
    this.#rename.addEventListener("click", () => this.#edit());
    this.#delete.addEventListener("click", () => void this.#actions.remove());
  }

  /** Takes it off its list. */
  leave(): void {
    const neighbour = this.element.nextElementSibling ?? this.element.previousElementSibling;
    this.element.remove();
    // The focus would be lost with the button.
    const next = neighbour?.querySelector<HTMLElement>("input") ?? find(HTMLElement, "#todo-form input");
    next.focus();
  }

  #showTitle(): void {
    slot(this.element, "title").textContent = this.#title;
    this.#rename.setAttribute("aria-label", `Rename “${this.#title}”`);
    this.#delete.setAttribute("aria-label", `Delete “${this.#title}”`);
  }

  async #tick(): Promise<void> {
    const { checked } = this.#box;
    if (!(await this.#actions.change({ completed: checked }))) this.#box.checked = !checked;
  }

  // A form in its place, until that is saved or cancelled.
  #edit(): void {
    const editor = find(HTMLLIElement, "li", make("todo-rename"));
    const input = find(HTMLInputElement, "input", editor);
    const close = () => {
      editor.replaceWith(this.element);
      this.#rename.focus();
    };
    find(HTMLFormElement, "form", editor).addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!(await this.#actions.change({ title: input.value }))) return;
      this.#title = input.value;
      this.#showTitle();
      close();
    });
    slot(editor, "cancel").addEventListener("click", close);
    editor.addEventListener("keydown", ({ key }) => key === "Escape" && close());
    input.value = this.#title;
    this.element.replaceWith(editor);
    input.select();
  }
}
