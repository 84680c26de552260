/**
 * Stands between the launcher and a program that knows nothing of IPC, where the kernel can't end it
 * with us: passes signals on, and ends the program when the launcher's channel closes.
 */
import { spawn } from "node:child_process";

const [program = "", ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });
const end = () => child.kill("SIGTERM");
process.on("SIGTERM", end);
process.on("SIGINT", end);
process.on("disconnect", end);
child.once("error", () => process.exit(127));
child.once("exit", (code) => process.exit(code ?? 1));
