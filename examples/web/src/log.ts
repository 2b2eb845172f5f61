// The last requests of this page, to Better Auth and to the service, newest first. Like ones in a row are one line.
import { isProblem, type Identity } from "better-auth-verifier-client";
import { find } from "./element.js";

const LINES = 20;
const rows = find(HTMLTableSectionElement, "#log-rows");

interface Line {
  readonly key: string;
  readonly cells: readonly HTMLTableCellElement[];
  times: number;
}
let newest: Line | undefined;

/** fetch, with a line in the log. */
export async function recorded(request: Request): Promise<Response> {
  const { method, url } = request;
  const path = new URL(url).pathname;
  const start = performance.now();
  const response = await fetch(request).catch((error: unknown) => {
    note(method, path, 0, "no answer", performance.now() - start);
    throw error;
  });
  const duration = performance.now() - start;
  note(method, path, response.status, await outcome(path, response), duration);
  return response;
}

// Who vouched, or what went wrong.
async function outcome(path: string, response: Response): Promise<string> {
  const body: unknown = await response.clone().json().catch(() => undefined);
  if (isProblem(body)) return body.type.replace("urn:problem:", "");
  if (!response.ok) return "failed";
  if (path !== "/api/me") return "ok";
  return (body as Identity | undefined)?.strategy ?? "no identity";
}

function note(method: string, path: string, status: number, outcome: string, duration: number): void {
  const key = [method, path, status, outcome].join(" ");
  if (newest?.key !== key) newest = { key, cells: add(status), times: 0 };
  newest.times++;
  const times = newest.times > 1 ? ` ×${newest.times}` : "";
  const texts = [`${method} ${path}${times}`, status ? String(status) : "–", outcome, duration.toFixed(0)];
  newest.cells.forEach((cell, column) => (cell.textContent = texts[column] ?? ""));
}

function add(status: number): HTMLTableCellElement[] {
  const row = rows.insertRow(0);
  row.dataset.outcome = status > 0 && status < 400 ? "good" : "bad";
  if (rows.rows.length > LINES) rows.deleteRow(LINES);
  return ["request", "status", "outcome", "number"].map((name) => {
    const cell = row.insertCell();
    cell.className = name;
    return cell;
  });
}
