import type { ErrorCode } from "@taskpulse/contract";
import type { Access } from "@taskpulse/runtime";
import type { Socket } from "socket.io";

/** Reaches the client as `connect_error`, with `data`. */
class SocketRefused extends Error {
  readonly data: { code: ErrorCode; reason: string };

  constructor(data: { code: ErrorCode; reason: string }) {
    super(data.reason);
    this.data = data;
  }
}

/**
 * A middleware of Socket.IO for every namespace. A socket may carry what any request may, a session's
 * cookie or `Authorization: Bearer`, or the token as `auth: { token }`, because a browser can't add
 * headers to a WebSocket. It is closed when its session ends.
 */
export function letSocketIn(access: Access, socket: Socket, next: (error?: Error) => void): void {
  const { token } = socket.handshake.auth as { token?: unknown };
  access
    .admit(socket.request, typeof token === "string" && token !== "" ? token : undefined)
    .then((admission) => {
      if (admission.kind === "refused") {
        const { code, reason } = admission;
        return next(new SocketRefused({ code, reason }));
      }
      const { visitor } = admission;
      if (visitor.kind === "stranger") {
        const reason = "This needs the admin token: sign in, or send it as auth: { token }.";
        return next(new SocketRefused({ code: "login_required", reason }));
      }
      socket.once(
        "disconnect",
        access.watch(visitor, () => socket.disconnect(true)),
      );
      next();
    })
    .catch(next);
}
