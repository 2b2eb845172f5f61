import assert from "node:assert/strict";
import { test } from "node:test";
import { betterAuth } from "better-auth";
import { admin, jwt, organization } from "better-auth/plugins";
import { createAccessControl } from "better-auth/plugins/access";
import { describe, verifier } from "../dist/index.js";

const secret = "a secret that nobody may read in a description";

test("a Better Auth with nothing of its own", () => {
  assert.deepEqual(describe(betterAuth({ secret, baseURL: "https://auth.example.test" })), {
    format: 1,
    baseURL: "https://auth.example.test",
    basePath: "/api/auth",
    session: {
      secondaryStorage: false,
      storeSessionInDatabase: false,
      preserveSessionInDatabase: false,
      cookieCache: { enabled: false, version: "1" },
    },
    ipAddressHeaders: ["x-forwarded-for"],
    plugins: [],
  });
});

test("a Better Auth with all that shows nowhere else, and no secret", () => {
  const ac = createAccessControl({ project: ["read", "write"] });
  const roles = { editor: ac.newRole({ project: ["read", "write"] }), viewer: ac.newRole({ project: ["read"] }) };
  const statements = { editor: { project: ["read", "write"] }, viewer: { project: ["read"] } };
  const storage = { get: async () => null, set: async () => {}, delete: async () => {} };
  const auth = betterAuth({
    secret,
    baseURL: { allowedHosts: ["*.example.test"] },
    basePath: "/auth",
    secondaryStorage: storage,
    session: {
      storeSessionInDatabase: true,
      preserveSessionInDatabase: true,
      cookieCache: { enabled: true, version: () => "7" },
    },
    advanced: { ipAddress: { ipAddressHeaders: ["cf-connecting-ip"] } },
    plugins: [
      admin({ adminUserIds: ["u1"], ac, roles, adminRoles: ["editor"] }),
      jwt({ jwt: { issuer: "our-issuer", audience: "our-api" } }),
      organization({ ac, roles, creatorRole: "editor", dynamicAccessControl: { enabled: true } }),
      verifier({ url: "https://api.example.test/hooks/better-auth", secret }),
    ],
  });
  const described = describe(auth);
  assert.deepEqual(described, {
    format: 1,
    basePath: "/auth",
    session: {
      secondaryStorage: true,
      storeSessionInDatabase: true,
      preserveSessionInDatabase: true,
      cookieCache: { enabled: true },
    },
    ipAddressHeaders: ["cf-connecting-ip"],
    plugins: ["admin", "jwt", "organization", "better-auth-verifier"],
    jwt: { issuer: "our-issuer", audience: ["our-api"] },
    admin: { adminUserIds: ["u1"], roles: statements },
    organization: { creatorRole: "editor", dynamicAccessControl: true, roles: statements },
  });
  assert.ok(!JSON.stringify(described).includes(secret));
});
