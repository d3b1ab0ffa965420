import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["nadir-source"] },
  ssr: { resolve: { conditions: ["nadir-source"] } },
  test: { include: ["src/**/*.test.ts", "test/**/*.test.ts"], testTimeout: 20_000 },
});
