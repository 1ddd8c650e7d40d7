import { createServer, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { hostPort } from '../../address/host-port.ts';
import { on, once } from '../../boundary/events.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';

/** In which another router has opened its port, or has failed to. */
const PATIENCE_MS = 5000;
const RETRY_MS = 50;

/**
 * That of routers which open the same port at the same time one is first. Each looks whether a port is free before its
 * threads share it with SO_REUSEPORT, and two that look at once would both find it so. A name in Linux's abstract space
 * is one router's alone; the kernel gives it up with the process, and it belongs to the same network as the port.
 */
export class PortClaim {
  readonly #server: Server | null;

  private constructor(server: Server | null) {
    this.#server = server;
  }

  /** Waits for others that have it. Whoever keeps it from all of them, as any user can, holds them up for so long only. */
  static async take(host: string, port: number, patience = PATIENCE_MS): Promise<PortClaim> {
    if (port === 0 || process.platform !== 'linux') return new PortClaim(null);
    const until = performance.now() + patience;
    for (;;) {
      const server = await opened(`\0cellgate-port-${hostPort(host, port)}`);
      if (server !== null || performance.now() >= until) return new PortClaim(server);
      await delay(RETRY_MS);
    }
  }

  release(): void {
    this.#server?.close();
  }
}

/** Null: somebody has that name. */
function opened(name: string): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    on(server, 'connection', ONE_ROUND, (socket: Socket) => socket.destroy());
    once(server, 'error', ONE_ROUND, () => resolve(null));
    once(server, 'listening', ONE_ROUND, () => resolve(server));
    server.listen(name);
  });
}
