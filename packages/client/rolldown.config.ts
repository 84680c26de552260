import { defineConfig } from "rolldown";

/**
 * The published package is one file that needs nothing but Node.js: what it uses of the other packages
 * is in it, and what they need beside that is not.
 */
export default defineConfig({
  input: "src/index.ts",
  platform: "node",
  external: (id) =>
    !id.startsWith(".") &&
    !id.startsWith("/") &&
    !id.startsWith("@taskpulse/") &&
    id !== "src/index.ts",
  // Modules that nothing is imported from do nothing: no schema of zod and no dispatcher of undici comes along.
  treeshake: { moduleSideEffects: false },
  transform: { target: "node20.19" },
  output: { file: "dist/index.js", format: "esm" },
});
