// Better Auth's own routes: sign-up, sign-in, sign-out, tokens, and the keys that the service verifies them with.
import { toNextJsHandler } from "better-auth/next-js";
import { auth } from "../../../../auth";

export const { GET, POST } = toNextJsHandler(auth);
