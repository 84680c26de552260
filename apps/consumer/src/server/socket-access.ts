import { type IncomingMessage, ServerResponse } from "node:http";
import type { ErrorCode } from "@taskpulse/contract";
import {
  type Access,
  type Admission,
  answerWithError,
  endWithError,
  type Visitor,
} from "@taskpulse/runtime";
import type { Namespace, Server, Socket } from "socket.io";

/** Reaches the client as `connect_error`, with `data`. */
class SocketRefused extends Error {
  readonly data: { code: ErrorCode; reason: string };

  constructor(data: { code: ErrorCode; reason: string }) {
    super(data.reason);
    this.data = data;
  }
}

/**
 * Refuses what other sites cause before Engine.IO looks at it: a page of another site could otherwise
 * open a socket with the reader's cookie. Engine.IO itself answers a refused WebSocket with 400 and text.
 */
export function guardHandshakes(access: Access, engine: Server["engine"]): void {
  // For a WebSocket the response is one of Engine.IO's that can't answer.
  engine.use((request: IncomingMessage, response: unknown, next: () => void) => {
    const refusal = access.changeRefusal(request);
    if (refusal === null) return next();
    const { code, reason } = refusal;
    if (response instanceof ServerResponse) return answerWithError(response, code, reason);
    request.socket.on("error", () => request.socket.destroy());
    endWithError(request.socket, code, reason);
  });
}

/**
 * Lets into a namespace of Socket.IO who may look. A socket may carry what any request may, a session's
 * cookie or `Authorization: Bearer`, or the token as `auth: { token }`, because a browser can't add
 * headers to a WebSocket. It is closed when its session ends.
 */
export function guardNamespace(access: Access, namespace: Namespace): void {
  const visitors = new WeakMap<Socket, Visitor>();
  namespace.use((socket, next) => {
    const { token } = socket.handshake.auth as { token?: unknown };
    access
      .admit(socket.request, typeof token === "string" && token !== "" ? token : undefined)
      .then((admission) => {
        const refusal = refusalOf(admission);
        if (refusal !== null) return next(new SocketRefused(refusal));
        if (admission.kind === "visitor") visitors.set(socket, admission.visitor);
        next();
      })
      .catch(next);
  });
  // Only who is still there comes so far, and only they will ever disconnect.
  namespace.on("connection", (socket) => {
    const visitor = visitors.get(socket);
    if (visitor === undefined) return void socket.disconnect(true);
    socket.once(
      "disconnect",
      access.watch(visitor, () => socket.disconnect(true)),
    );
  });
}

function refusalOf(admission: Admission): { code: ErrorCode; reason: string } | null {
  if (admission.kind === "refused") return { code: admission.code, reason: admission.reason };
  if (admission.visitor.kind !== "stranger") return null;
  const reason = "This needs the admin token: sign in, or send it as auth: { token }.";
  return { code: "login_required", reason };
}
