// How the page becomes files, and how these are served on a developer's machine: with a reverse proxy in front of Better
// Auth and the service where PROXY_AUTH and PROXY_API say where they are. nginx.conf and Caddyfile do the same elsewhere.
import { defineConfig, type ProxyOptions } from "vite";

const { PROXY_AUTH, PROXY_API, VITE_STRANGER_URL } = process.env;
const to = (target: string): ProxyOptions => ({ target, xfwd: true });
const proxy = PROXY_AUTH && PROXY_API && {
  "/api/auth/": to(PROXY_AUTH),
  "/api/": to(PROXY_API),
  "/health": to(PROXY_API),
  "/docs": to(PROXY_API),
  "/openapi.": to(PROXY_API),
};

export default defineConfig({
  appType: "mpa",
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    rollupOptions: { input: VITE_STRANGER_URL ? ["index.html", "stranger.html"] : ["index.html"] },
  },
  // Vite would let the pages of every port of this machine read answers.
  preview: { host: "127.0.0.1", strictPort: true, cors: false, ...(proxy && { proxy }) },
});
