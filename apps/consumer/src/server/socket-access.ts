import type { ErrorCode } from "@taskpulse/contract";
import type { Access, Admission, Visitor } from "@taskpulse/runtime";
import type { Namespace, Socket } from "socket.io";

/** Reaches the client as `connect_error`, with `data`. */
class SocketRefused extends Error {
  readonly data: { code: ErrorCode; reason: string };

  constructor(data: { code: ErrorCode; reason: string }) {
    super(data.reason);
    this.data = data;
  }
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
