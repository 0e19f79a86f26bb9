import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  resolve: {
    alias:
      // `vite --mode fake`: the same console over an API in memory, for working on pages without a server.
      mode === "fake" ? [{ find: /^.*\/api\/transport$/, replacement: here("./fake/transport.ts") }] : [],
  },
  server: {
    port: 5173,
    proxy: {
      "/incident_bot.v1.": { target: process.env.WEB_URL ?? "http://127.0.0.1:3000", changeOrigin: true },
    },
  },
  // `services/web/src/pages.rs` puts another one into each answer.
  html: { cspNonce: "NONCE-OF-THIS-ANSWER" },
  build: {
    // Every file comes from our own origin and nothing is inlined: the Content-Security-Policy says 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
    testTimeout: 60_000,
    restoreMocks: true,
  },
}));
