import { runApp } from "@taskpulse/runtime";
import { startProducer } from "./server/producer.ts";

await runApp("producer", startProducer);
