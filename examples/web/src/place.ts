// Where the page finds what it calls, as it was told when it was built (../.env).
const { VITE_AUTH_URL, VITE_API_URL, VITE_STRANGER_URL } = import.meta.env as Record<string, string>;

/** Better Auth, without its path. */
export const AUTH_URL = VITE_AUTH_URL || location.origin;
/** The service; empty is the page's own origin, so that addresses are relative. */
export const API_URL = VITE_API_URL ?? "";
/** A page of an origin that the service does not trust; empty where there is none. */
export const STRANGER_URL = VITE_STRANGER_URL ?? "";

/** In words, for people. */
export const TOPOLOGY = API_URL ? `Two origins: this page calls ${API_URL}` : `One site: everything at ${location.host}`;
