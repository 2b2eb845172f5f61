import type { AuthContext } from "better-auth";

/** Writes an error into Better Auth's log. Never throws. */
export type Report = (message: string, ...details: unknown[]) => void;

export function reportTo(context: AuthContext): Report {
  return (message, ...details) => {
    try {
      context.logger.error(`better-auth-verifier: ${message}`, ...details);
    } catch {
      // The application's own log failed, and there is nobody else to tell.
    }
  };
}
