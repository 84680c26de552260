import { runApp } from "@taskpulse/runtime";
import { startWorker } from "./server/worker.ts";

await runApp("worker", startWorker);
