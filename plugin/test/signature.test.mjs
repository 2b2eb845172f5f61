import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { verifier } from "../dist/index.js";
import { Signature } from "../dist/signature.js";
import { sign } from "./receiver.mjs";

const URL_OF_SERVICE = "https://api.example.test/hooks/better-auth";

for (const { of, secret, signature, id, timestamp, body } of JSON.parse(readFileSync(new URL("vectors.json", import.meta.url)))) {
  test(`the golden vector of ${of}`, async () => {
    assert.equal(await new Signature(secret).sign(id, timestamp, body), signature);
    const [, base64] = /^whsec_(.*)/.exec(secret) ?? [];
    assert.equal(sign({ key: base64 ? Buffer.from(base64, "base64") : secret, id, timestamp, body }), signature);
  });
}

const REFUSED = {
  "of 23 bytes": ["s3cret-s3cret-s3cret-23", /has 23 bytes, at least 24 are needed/],
  "of 23 bytes in base64": [`whsec_${Buffer.alloc(23, 7).toString("base64")}`, /has 23 bytes/],
  "that is no base64": ["whsec_s3cret, but no base64 at all", /is not base64/],
  "whose padding is missing": [`whsec_${Buffer.alloc(25, 7).toString("base64url")}`, /is not base64/],
  "that is empty": ["", /is missing/],
  "that is not there": [undefined, /is missing/],
};

for (const [which, [secret, message]] of Object.entries(REFUSED)) {
  test(`a secret ${which} is refused, and not told`, () => {
    assert.throws(
      () => verifier({ url: URL_OF_SERVICE, secret }),
      (error) => message.test(error.message) && !(secret && error.message.includes(secret.replace("whsec_", ""))),
    );
  });
}

test("24 bytes are enough, and an ü is two", () => {
  verifier({ url: URL_OF_SERVICE, secret: "üüüüüüüüüüüü" });
  verifier({ url: URL_OF_SERVICE, secret: `whsec_${Buffer.alloc(24, 7).toString("base64")}` });
});
