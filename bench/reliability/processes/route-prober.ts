/** Registers and unregisters routes, and asks for them over one connection to each proxy thread until it shows. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answerCalls } from '../calls.ts';
import { EchoConnection } from '../echo-connection.ts';
import { monotonic } from '../monotonic.ts';

export interface Probing {
  readonly natsPort: number;
  readonly routerPort: number;
  readonly backendPort: number;
  readonly connections: number;
  readonly routes: number;
}

export interface Delays {
  /** Milliseconds from the message to the last request, on any connection, that did not know of it. */
  readonly registered: number[];
  readonly unregistered: number[];
}

/** Between two routes. */
const PAUSE_MS = 5;

const calls = {
  async probe({ natsPort, routerPort, backendPort, connections, routes }: Probing): Promise<Delays> {
    const bus = connect({ port: natsPort, host: '127.0.0.1', noDelay: true });
    await once(bus, 'data');
    bus.resume().write('CONNECT {"verbose":false}\r\n');
    const delays: Delays = { registered: [], unregistered: [] };
    for (let route = 0; route < routes; route++) {
      const host = `probe-${route}.test`;
      const open = Array.from({ length: connections }, () => new EchoConnection({ port: routerPort, host }));
      // So that connecting is not in the times.
      await Promise.all(open.map((connection) => connection.ask().catch(() => {})));
      delays.registered.push(await changed(bus, 'register', host, backendPort, open, true));
      delays.unregistered.push(await changed(bus, 'unregister', host, backendPort, open, false));
      for (const connection of open) connection.close();
      await delay(PAUSE_MS);
    }
    bus.destroy();
    return delays;
  },
};
export type RouteProberCalls = typeof calls;
answerCalls(calls);

async function changed(
  bus: Socket,
  verb: string,
  host: string,
  port: number,
  open: readonly EchoConnection[],
  routed: boolean,
): Promise<number> {
  const payload = JSON.stringify({ host: '127.0.0.1', port, uris: [host] });
  bus.write(`PUB router.${verb} ${payload.length}\r\n${payload}\r\n`);
  const begun = monotonic();
  const last = await Promise.all(
    open.map(async (connection) => {
      for (;;) {
        const sent = monotonic();
        const answered = await connection.ask().then(
          () => true,
          () => false,
        );
        if (answered === routed) return sent;
      }
    }),
  );
  return Math.max(...last) - begun;
}
