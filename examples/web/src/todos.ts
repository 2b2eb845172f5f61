// The caller's to-dos: a page of them, and more by the cursor that the page before names.
import { unwrap, type Todo } from "better-auth-verifier-client";
import { api } from "./api.js";
import { find } from "./element.js";
import { failureOf, retry, showFailure } from "./failure.js";
import { say } from "./message.js";
import { TodoItem } from "./todo-item.js";

const PAGE = 5;
const form = find(HTMLFormElement, "#todo-form");
const list = find(HTMLUListElement, "#todo-list");
const none = find(HTMLElement, "#todo-none");
const more = find(HTMLButtonElement, "#todo-more");
const failed = find(HTMLElement, "#todo-failure");

let nextCursor: string | undefined;
let stopRetry = (): void => {};

/** Shows the first page, in place of what was there, as soon as it can be read. */
export const showTodos = (): Promise<boolean> => attempt(async () => {
  nextCursor = undefined;
  const page = await readPage();
  list.replaceChildren(...page);
}, showTodos);

/** Shows none, as nobody is known. */
export function clearTodos(): void {
  stopRetry();
  list.replaceChildren();
  failed.replaceChildren();
}

const showMore = (): Promise<boolean> => attempt(async () => list.append(...(await readPage())));

async function readPage(): Promise<HTMLLIElement[]> {
  const query = { limit: PAGE, ...(nextCursor && { cursor: nextCursor }) };
  const page = await unwrap(api().GET("/api/todos", { params: { query } }));
  nextCursor = page.nextCursor;
  return page.items.map(item);
}

const add = (title: string): Promise<boolean> => attempt(async () => {
  const todo = await unwrap(api().POST("/api/todos", { body: { title } }));
  list.prepend(item(todo));
  form.reset();
  say(`“${title}” was added.`);
});

function item(todo: Todo): HTMLLIElement {
  const params = { path: { id: todo.id } };
  const made = new TodoItem(todo, {
    change: (body) => attempt(async () => void (await unwrap(api().PATCH("/api/todos/{id}", { params, body })))),
    remove: () => attempt(async () => {
      await unwrap(api().DELETE("/api/todos/{id}", { params }));
      made.leave();
      say(`“${made.title}” was deleted.`);
    }),
  });
  return made.element;
}

// Whether it succeeded; otherwise it is shown how it failed, and `again` is called when that may succeed.
async function attempt(what: () => Promise<void>, again?: () => unknown): Promise<boolean> {
  stopRetry();
  try {
    await what();
    failed.replaceChildren();
    none.hidden = list.childElementCount > 0;
    more.hidden = !nextCursor;
    return true;
  } catch (error) {
    const failure = failureOf(error);
    showFailure(failed, failure);
    if (again) stopRetry = retry(failure, () => void again());
    return false;
  }
}

export function connectTodos(): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void add(String(new FormData(form).get("title")));
  });
  more.addEventListener("click", () => void showMore());
}
