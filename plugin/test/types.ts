// What TypeScript knows of a Better Auth with the plugin: all that it knew without.
import { betterAuth, type BetterAuthPlugin } from "better-auth";
import { admin, bearer, organization } from "better-auth/plugins";
import { describe, verifier, type Description } from "better-auth-verifier";

// As they come from the environment.
declare const secret: string | undefined;
declare const url: string | undefined;

export const auth = betterAuth({
  emailAndPassword: { enabled: true },
  user: { additionalFields: { plan: { type: "string", required: true } } },
  plugins: [admin(), verifier({ url: "https://api.example.com/hooks/better-auth", secret }), organization(), bearer()],
});

type Session = typeof auth.$Infer.Session;
export const plan = ({ user }: Session): string => user.plan;
export const role = ({ user }: Session): string | null | undefined => user.role;
export const organizationId = ({ session }: Session): string | null | undefined => session.activeOrganizationId;
// @ts-expect-error: no plugin adds it
export const unknown = ({ user }: Session) => user.unknown;

export const ban = () => auth.api.banUser({ body: { userId: "u1" } });
// @ts-expect-error: no plugin adds it
export const unknownCall = () => auth.api.unknown();

const instances = ["https://a.example.com/", "https://b.example.com/"];
export const anyPlugin: BetterAuthPlugin = verifier({ url: instances, secret: "s", timeout: 500, giveUpAfter: 30_000 });
export const fromEnvironment: BetterAuthPlugin = verifier({ url, secret });
// @ts-expect-error: without a url it is of no use
export const nowhere = () => verifier({ secret });

export const described: Description = describe(auth);
