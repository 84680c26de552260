import { fileURLToPath } from "node:url";
import { runCommand } from "./command.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const [command, ...args] = process.argv.slice(2);
process.exit(await runCommand({ root, command, args }));
