/**
 * Stands between the launcher and a program that knows nothing of IPC, where the kernel can't end it
 * with us: passes signals on, and ends the program and what it has started when the launcher's
 * channel closes. It leads a process group of its own.
 */
import { spawn } from "node:child_process";

const [program = "", ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });
let groupToldAlready = false;
const passOn = () => {
  if (!groupToldAlready) child.kill("SIGTERM");
};
process.on("SIGTERM", passOn);
process.on("SIGINT", passOn);
process.on("disconnect", () => {
  // It comes back to us, too.
  groupToldAlready = true;
  process.kill(-process.pid, "SIGTERM");
});
child.once("error", () => process.exit(127));
child.once("exit", (code) => process.exit(code ?? 1));
