// What the package offers.
export type * from "./contract.js";
export { createClient, type Client, type ClientOptions, type Fetch } from "./client.js";
export { bearer, cookie, type Credential, type SessionToken } from "./credential.js";
export { jwt, type Jwt, type SessionSource, type TokenAnswer, type TokenSource } from "./jwt.js";
export { NoAnswerError, TokenSourceError } from "./no-answer.js";
export { isProblem, ProblemError, unwrap, type Answer } from "./problem.js";
