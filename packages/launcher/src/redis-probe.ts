import { connect } from "node:net";

/** What a server on a loopback port answers to an inline command within `limitMs`. */
export type Probe =
  | { kind: "answered"; text: string }
  /** Listens, but says nothing: busy, stopped, or no Redis at all. */
  | { kind: "silent" }
  | { kind: "nobody" };

/** Speaks just enough of the protocol to look at a server that is starting or stopping. */
export function probeRedis(port: number, command: string, limitMs = 500): Promise<Probe> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${command}\r\n`));
    const done = (probe: Probe) => {
      socket.destroy();
      resolve(probe);
    };
    let connected = false;
    socket.once("connect", () => {
      connected = true;
    });
    socket.setTimeout(limitMs, () => done({ kind: connected ? "silent" : "nobody" }));
    socket.once("data", (data) => done({ kind: "answered", text: data.toString() }));
    socket.once("error", () => done({ kind: "nobody" }));
    socket.once("close", () => done({ kind: "nobody" }));
  });
}
