// An API behind the proxy: Express and jose. It believes the assertion and nothing else.
// #region api
import express from "express";
import { createRemoteJWKSet, customFetch, errors, jwtVerify } from "jose";

const { ISSUER = "http://localhost:8000", AUDIENCE = "https://api.example.com", PORT = "9000" } = process.env;
const { JWKS_URL = `${ISSUER}/.well-known/jwks.json` } = process.env;

let tried = -Infinity;
// Keeps the keys for five minutes, and fetches them again for one that it does not know. It tries at most once a second.
const keys = createRemoteJWKSet(new URL(JWKS_URL), {
  cacheMaxAge: 300_000,
  cooldownDuration: 1_000,
  timeoutDuration: 3_000,
  // jose itself waits only after a try that has succeeded.
  async [customFetch](...request) {
    if (performance.now() - tried < 1_000) throw new Error("the last try has failed");
    tried = performance.now();
    const answer = await fetch(...request);
    // And it would refuse every assertion by a set without keys. The service has none: something else has answered.
    const { keys } = await answer.clone().json();
    if (!keys?.length) throw new Error("there are no keys");
    return answer;
  },
});

const EXPECTED = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ["ES256"],
  typ: "auth-assertion+jwt",
  requiredClaims: ["sub", "iat", "exp"],
  clockTolerance: "10s",
};

async function caller(request, response, next) {
  try {
    const { payload } = await jwtVerify(request.get("X-Auth-Assertion") ?? "", keys, EXPECTED);
    response.locals.caller = payload;
  } catch (error) {
    // These are about the keys, and so is what is no error of jose.
    const isUndecided = !(error instanceof errors.JOSEError) || ["ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID", "ERR_JOSE_GENERIC"].includes(error.code);
    return isUndecided ? response.set("Retry-After", "1").sendStatus(503) : response.sendStatus(401);
  }
  next();
}

const app = express();

app.get("/whoami", caller, (_request, response) => {
  const { sub, email, role } = response.locals.caller;
  response.json({ sub, email, role });
});

app.listen(Number(PORT), "127.0.0.1");
// #endregion
