// What has just happened, in a line that screen readers read out and that goes away again.
import { find } from "./element.js";

const SECONDS = 5;
const line = find(HTMLElement, "#message");
let fading: ReturnType<typeof setTimeout> | undefined;

export function say(text: string): void {
  line.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => (line.textContent = ""), SECONDS * 1000);
}
