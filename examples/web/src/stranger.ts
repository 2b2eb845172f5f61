// A page that the service does not trust: it may read answers (cors.origins), but change nothing with the cookie
// (better_auth.trusted_origins). It tries, and tells the page around it what came of that.
import type { Told } from "./stranger-frame.js";
import { API_URL } from "./place.js";

const response = await fetch(`${API_URL}/api/todos`, {
  method: "POST",
  credentials: "include",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ title: "From a stranger" }),
});
const told: Told = { status: response.status, headers: [...response.headers], body: await response.json() };
window.parent.postMessage(told, new URL(document.referrer).origin);
