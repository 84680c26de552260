import { runApp } from "@taskpulse/runtime";
import { startConsumer } from "./server/consumer.ts";

await runApp("consumer", startConsumer);
