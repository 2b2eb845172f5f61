// The operations of the contract, and which of them have been called.
import { readFileSync } from "node:fs";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const { paths } = JSON.parse(readFileSync(new URL("../../openapi.json", import.meta.url)));

const operations = Object.entries(paths).flatMap(([path, item]) =>
  METHODS.filter((method) => method in item).map((method) => ({
    id: item[method].operationId,
    method: method.toUpperCase(),
    path: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`),
  })),
);
const succeeded = new Set();

/** Fetch, which takes down what has succeeded. */
export async function recordingFetch(request) {
  const response = await fetch(request);
  const { pathname } = new URL(request.url);
  const called = operations.find(({ method, path }) => method === request.method && path.test(pathname));
  if (called && response.ok) succeeded.add(called.id);
  return response;
}

/** The operations that have not succeeded yet. */
export const missing = () => operations.map(({ id }) => id).filter((id) => !succeeded.has(id));
