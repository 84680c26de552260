import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { pipeline, Transform } from "node:stream";

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** `host:port` of the proxy, to be put behind `redis://` or `http://`. */
  readonly host: string;
  /** Connections that are open now. */
  readonly connections: number;
  /** Breaks every connection and every new one at once, until `heal()`. */
  cut(): void;
  heal(): void;
  /** Stops passing bytes, both ways, without closing anything: a peer that was stopped, a lost cable. */
  freeze(): void;
  /**
   * Leaves the connections that are open now half-open: nothing passes any more and nobody is told.
   * New connections work.
   */
  strand(): void;
  /** Passes on everything that was held back, in order. */
  thaw(): void;
  /** Holds every piece back by so many milliseconds, both ways; 0 ends it. */
  delay(ms: number): void;
  /** Where new connections lead from now on: a server that came back on another port. */
  retarget(target: ProxyTarget): void;
}

/** `host` and `port`, or an address with both: `redis://127.0.0.1:6380`. */
export type ProxyTarget = string | { host?: string; port: number };

/** Sees the bytes of one connection as they arrive at the proxy, whether or not they get through. */
export interface ConnectionObserver {
  fromClient(chunk: Buffer): void;
  fromServer(chunk: Buffer): void;
}

/** A TCP proxy on 127.0.0.1 that breaks what passes through it as told. */
export async function tcpProxy(options: {
  target: ProxyTarget;
  port?: number;
  /** Called for every connection. */
  observe?: () => ConnectionObserver;
}): Promise<TcpProxy> {
  let target = parseTarget(options.target);
  const sockets = new Set<Socket>();
  const held: Array<() => void> = [];
  const gates = new Set<{ stranded: boolean }>();
  let isCut = false;
  let isFrozen = false;
  let delayMs = 0;

  function gate(see: ((chunk: Buffer) => void) | undefined): Transform {
    const state = { stranded: false };
    gates.add(state);
    return new Transform({
      destroy(error, done) {
        gates.delete(state);
        done(error);
      },
      transform(chunk: Buffer, _encoding, done) {
        see?.(chunk);
        const pass = () => {
          if (state.stranded) done();
          else if (isFrozen) held.push(pass);
          else done(null, chunk);
        };
        if (delayMs > 0) setTimeout(pass, delayMs);
        else pass();
      },
    });
  }

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket));
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ ...target, allowHalfOpen: true });
    track(near);
    track(far);
    const end = () => {
      near.destroy();
      far.destroy();
    };
    const observer = options.observe?.();
    const fromClient = gate(observer && ((chunk) => observer.fromClient(chunk)));
    const fromServer = gate(observer && ((chunk) => observer.fromServer(chunk)));
    pipeline(near, fromClient, far, (error) => error && end());
    pipeline(far, fromServer, near, (error) => error && end());
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  return {
    port,
    host: `127.0.0.1:${port}`,
    get connections() {
      return sockets.size / 2;
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    heal() {
      isCut = false;
    },
    freeze() {
      isFrozen = true;
    },
    strand() {
      for (const state of gates) state.stranded = true;
    },
    thaw() {
      isFrozen = false;
      for (const pass of held.splice(0)) pass();
    },
    delay(ms) {
      delayMs = ms;
    },
    retarget(next) {
      target = parseTarget(next);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function parseTarget(target: ProxyTarget) {
  if (typeof target !== "string") return { host: target.host ?? "127.0.0.1", port: target.port };
  const { hostname, port } = new URL(target);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}
