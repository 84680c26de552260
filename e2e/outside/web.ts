/** What a program without any types of Node.js can do with the package: it need only compile. */
import { type LaterTask, later, type TaskHandle, webhookTask } from "@taskpulse/client";

/** As Next.js declares what a route exports. */
type RouteHandler = (
  request: Request,
  context: { params: Promise<Record<string, string>> },
) => Promise<Response> | Response;

const multiply = webhookTask(({ x, y }: { x: number; y: number }) => x * y);
export const GET: RouteHandler = multiply;
export const POST: RouteHandler = multiply;
export const slowly: LaterTask = later(async (_args, report) => report.completed("done"));
export const ofHandle = (handle: TaskHandle<number>): Promise<number> => handle.get();
