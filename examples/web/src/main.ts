// The page: which parts it has, and how they hang together.
import { connectAccount } from "./account.js";
import { find } from "./element.js";
import { ask, onCaller } from "./identity.js";
import { API_URL, TOPOLOGY } from "./place.js";
import { connectPresentation } from "./presentation.js";
import { connectProblems } from "./problems.js";
import { clearTodos, connectTodos, showTodos } from "./todos.js";
import { connectWatch, isSecond } from "./watch.js";

document.body.dataset.window = isSecond ? "second" : "first";
find(HTMLElement, "#topology").textContent = TOPOLOGY;
find(HTMLAnchorElement, "#docs").href = `${API_URL}/docs`;

connectPresentation();
connectAccount();
connectTodos();
connectProblems();
if (!isSecond) {
  onCaller((identity) => (identity ? void showTodos() : clearTodos()));
  void ask();
}
connectWatch();
