// JWTs with jose, as Better Auth's documentation has it: LISTEN, KEYS (an address) and ISSUER in the environment.
import { createRemoteJWKSet, jwtVerify } from "jose";
import { publicPart, serve } from "./serve.mjs";

const { KEYS, ISSUER: issuer } = process.env;
const keys = createRemoteJWKSet(new URL(KEYS));

serve(async ({ authorization }) => {
  const { payload } = await jwtVerify(authorization.slice("Bearer ".length), keys, { issuer, audience: issuer });
  return publicPart(payload);
});
