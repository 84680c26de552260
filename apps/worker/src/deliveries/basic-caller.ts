import { judgeStatus, sendRequest, textOfReply } from "@taskpulse/webhook";
import type { CallerTools, CallResult, WebhookCaller, WebhookMessage } from "./webhook-caller.ts";

/** Sends the body as JSON, signed, with headers, cookies and Basic auth as they were asked for. */
export class BasicCaller implements WebhookCaller {
  readonly #tools: CallerTools;

  constructor(tools: CallerTools) {
    this.#tools = tools;
  }

  async call({ id, auth, body, secrets, ...request }: WebhookMessage): Promise<CallResult> {
    const { outgoing } = this.#tools;
    const result = await sendRequest(outgoing, {
      ...request,
      ...(auth === null ? {} : { auth }),
      body: { type: "application/json", content: body },
      sign: { id, secret: secrets },
    });
    if (result.kind !== "replied") return result;
    const failed = judgeStatus(result, outgoing.now());
    if (failed !== null) return failed;
    const reply = textOfReply(result);
    return { kind: "delivered", status: result.status, ...(reply === "" ? {} : { reply }) };
  }
}
