// How Next builds and serves this app.
import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

const config: NextConfig = {
  poweredByHeader: false,
  // Only here: better-auth-verifier-client is a folder of this repository, outside of this app's.
  turbopack: { root: fileURLToPath(new URL("../..", import.meta.url)) },
};
export default config;
