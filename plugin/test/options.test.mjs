import assert from "node:assert/strict";
import { test } from "node:test";
import { verifier } from "../dist/index.js";

const url = "https://api.example.test/hooks/better-auth";
const secret = "s".repeat(24);

const REFUSED = [
  [undefined, /needs an object with url and secret/],
  [null, /needs an object with url and secret/],
  [secret, /needs an object with url and secret/],
  [{ secret }, /the url is missing/],
  [{ url: undefined, secret }, /the url is missing/],
  [{ url: [], secret }, /the url is missing: the list is empty/],
  [{ url: 8000, secret }, /the url must be text, not 8000/],
  [{ url: new URL(url), secret }, /the url must be text, not of type object/],
  [{ url: [url, null], secret }, /the url must be text, not null/],
  ...["", "api.example.test", "ftp://api.example.test/", "https://ann:pw@api.example.test/"].map((wrong) => [
    { url: wrong, secret },
    /the url must be one of http or https/,
  ]),
  [{ url, secret: 7 }, /the secret must be text, not of type number/],
  [{ url, secret: Buffer.from(secret) }, /the secret must be text, not of type object/],
  ...["2s", NaN, Infinity, 0, -1, 1.5, 60_001, null].map((timeout) => [
    { url, secret, timeout },
    /timeout must be a whole number of milliseconds from 1 to 60000, not /,
  ]),
  ...["10m", NaN, Infinity, -1, 0.5, 86_400_001].map((giveUpAfter) => [
    { url, secret, giveUpAfter },
    /giveUpAfter must be a whole number of milliseconds from 0 to 86400000, not /,
  ]),
  [{ url, secret, timeOut: 500 }, /there is no option "timeOut"; there are: url, secret, timeout, giveUpAfter/],
];

for (const [options, message] of REFUSED) {
  test(`refused: ${message}`, () => {
    assert.throws(
      () => verifier(options),
      (error) => error.message.startsWith("better-auth-verifier: ") && message.test(error.message) && !error.message.includes(secret),
    );
  });
}

test("accepted", () => {
  verifier({ url, secret });
  verifier({ url: [url, url], secret, timeout: undefined, giveUpAfter: undefined });
  verifier({ url, secret, timeout: 1, giveUpAfter: 0 });
  verifier({ url, secret, timeout: 60_000, giveUpAfter: 86_400_000 });
});
