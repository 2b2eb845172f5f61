// What the generator looks at: every plugin of the tests that has tables or columns.
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { admin, anonymous, jwt, organization, phoneNumber, twoFactor, username } from "better-auth/plugins";

const { PROVIDER: provider, PLURAL } = process.env;

export const auth = betterAuth({
  secret: "a-secret-of-the-generator-0123456789-ABCDEFG",
  baseURL: "http://127.0.0.1",
  database: drizzleAdapter({}, { provider, usePlural: PLURAL === "yes" }),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  plugins: [
    admin(),
    anonymous(),
    jwt(),
    organization({ teams: { enabled: true } }),
    phoneNumber({ sendOTP() {} }),
    twoFactor(),
    username(),
  ],
});
