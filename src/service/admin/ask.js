// Asks the service that this page belongs to.

/** Nobody is signed in, or not any more. */
export class SignedOut extends Error {}

/** Its answer, if it is a good one. */
export async function ask(path, options = {}) {
  const answer = await fetch(path, { cache: "no-store", credentials: "same-origin", ...options });
  if (answer.status === 401) throw new SignedOut();
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Error(problem.detail ?? problem.title ?? `status ${answer.status}`);
  }
  return answer;
}
