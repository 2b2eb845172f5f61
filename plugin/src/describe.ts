import type { BetterAuthOptions, BetterAuthPlugin } from "better-auth";

/** Resources with the actions that a role may do on them. */
export type Statements = Record<string, string[]>;

/** What only Better Auth's own process knows and the service's command `doctor` compares with its configuration. */
export interface Description {
  readonly format: 1;
  /** Absent where it follows the request. */
  readonly baseURL?: string;
  readonly basePath: string;
  readonly session: {
    /** Whether there is a `secondaryStorage`, such as Redis. */
    readonly secondaryStorage: boolean;
    readonly storeSessionInDatabase: boolean;
    readonly preserveSessionInDatabase: boolean;
    readonly cookieCache: {
      readonly enabled: boolean;
      /** Absent where a function makes it. */
      readonly version?: string;
    };
  };
  /** The headers in which Better Auth looks for the address of a client. */
  readonly ipAddressHeaders: string[];
  /** Ids of the plugins. */
  readonly plugins: string[];
  readonly jwt?: {
    readonly issuer?: string;
    readonly audience?: string[];
  };
  readonly admin?: {
    /** Admins whatever their role is. */
    readonly adminUserIds: string[];
    /** Absent where Better Auth's own roles count. */
    readonly roles?: Record<string, Statements>;
  };
  readonly organization?: {
    readonly creatorRole: string;
    readonly dynamicAccessControl: boolean;
    /** Absent where Better Auth's own roles count. */
    readonly roles?: Record<string, Statements>;
  };
}

/** Describes a Better Auth, so that the service's `doctor` need not guess. No secret, and nothing of any user, stands in it. */
export function describe(auth: { options: BetterAuthOptions }): Description {
  const { options } = auth;
  const session = options.session ?? {};
  const plugins: BetterAuthPlugin[] = options.plugins ?? [];
  const of = (id: string): Options | undefined => {
    const plugin = plugins.find((plugin) => plugin.id === id);
    return plugin && ((plugin.options ?? {}) as Options);
  };
  const [jwt, admin, organization] = [of("jwt"), of("admin"), of("organization")];
  return {
    format: 1,
    ...(typeof options.baseURL === "string" && { baseURL: options.baseURL }),
    basePath: options.basePath ?? "/api/auth",
    session: {
      secondaryStorage: options.secondaryStorage !== undefined,
      storeSessionInDatabase: session.storeSessionInDatabase ?? false,
      preserveSessionInDatabase: session.preserveSessionInDatabase ?? false,
      cookieCache: cookieCache(session.cookieCache),
    },
    ipAddressHeaders: options.advanced?.ipAddress?.ipAddressHeaders ?? ["x-forwarded-for"],
    plugins: plugins.map(({ id }) => id),
    ...(jwt && { jwt: names(jwt.jwt) }),
    ...(admin && { admin: { adminUserIds: [...(admin.adminUserIds ?? [])], ...roles(admin.roles) } }),
    ...(organization && {
      organization: {
        creatorRole: organization.creatorRole ?? "owner",
        dynamicAccessControl: Boolean(organization.dynamicAccessControl?.enabled && organization.ac),
        ...roles(organization.roles),
      },
    }),
  };
}

/** What is looked at of a plugin's options. */
interface Options {
  jwt?: { issuer?: string; audience?: string | string[] };
  ac?: unknown;
  adminUserIds?: string[];
  creatorRole?: string;
  dynamicAccessControl?: { enabled?: boolean };
  roles?: Record<string, { statements?: Record<string, readonly string[]> }>;
}

function cookieCache(given: { enabled?: boolean; version?: unknown } | undefined) {
  const { enabled = false, version = "1" } = given ?? {};
  return { enabled, ...(typeof version === "string" && { version }) };
}

function names({ issuer, audience }: NonNullable<Options["jwt"]> = {}) {
  return { ...(issuer !== undefined && { issuer }), ...(audience !== undefined && { audience: [audience].flat() }) };
}

function roles(given: Options["roles"]) {
  const statements = (of: Record<string, readonly string[]> = {}): Statements =>
    Object.fromEntries(Object.entries(of).map(([resource, actions]) => [resource, [...actions]]));
  return given && { roles: Object.fromEntries(Object.entries(given).map(([name, role]) => [name, statements(role.statements)])) };
}
