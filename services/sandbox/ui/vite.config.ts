import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const sandbox = "http://127.0.0.1:3010";

export default defineConfig({
  plugins: [react()],
  build: { chunkSizeWarningLimit: 1500 },
  server: { proxy: { "/sandbox": { target: sandbox, ws: true }, "/api": sandbox } },
});
