import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ANY_CORE } from '../../bed.ts';
import { cpuSeconds } from '../../cpu-time.ts';
import { freePorts } from '../../free-ports.ts';
import { startCellgate } from '../../running-cellgate.ts';
import { atLeast, atMost, none } from '../checks.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import { residentBytes } from '../process-state.ts';
import type { TcpPeersCalls } from '../processes/tcp-peers.ts';
import { Subprocess } from '../subprocess.ts';

const PEERS = new URL('../processes/tcp-peers.ts', import.meta.url);
const CONNECTIONS = 5000;
const STREAM_BYTES = 1 << 30;
const CHANGES_PER_SECOND = 100;
const CHANGE_SECONDS = 60;

export const tcpConnections: Figure = {
  id: 'L30',
  what: `${CONNECTIONS} TCP connections, ${CHANGES_PER_SECOND} route changes a second, a stream of 1 GiB, half-close`,
  async run(site: Site): Promise<Outcome> {
    const peers = new Subprocess<TcpPeersCalls>(site.bed, PEERS);
    const backend = await peers.call('listen');
    const [port, spare] = (await freePorts(2)) as [number, number];
    const { daemon, busPort } = await startCellgate({
      bed: site.bed,
      cores: ANY_CORE,
      threads: 2,
      registrations: [],
      cellgateKeys: {
        tcp: {
          listen_host: '127.0.0.1',
          reservable_ports: `${port},${spare}`,
          routes: [{ port, backends: [`127.0.0.1:${backend}`] }],
        },
      },
    });
    const count = Math.round(CONNECTIONS * site.scale);

    site.say('warming up');
    while ((await peers.call('open', { port, count: 1 })) > 0) await delay(50);
    await peers.call('open', { port, count: 200 });
    await peers.call('halfClose');
    await delay(2000);
    const before = residentBytes(daemon.pid);

    site.say(`opening ${count} connections`);
    const refused = await peers.call('open', { port, count });
    await delay(3000);
    const perPair = (residentBytes(daemon.pid) - before) / count / 1024;

    const seconds = Math.max(1, Math.round(CHANGE_SECONDS * site.scale));
    site.say(`changing routes for ${seconds} s`);
    const changes = changeRoutes(busPort, { port, spare }, backend, seconds);
    let changing = true;
    void changes.then(() => {
      changing = false;
    });
    let dropped = 0;
    do dropped = Math.max(dropped, await peers.call('askAgain'));
    while (changing);
    const rate = await changes;
    dropped = Math.max(dropped, await peers.call('askAgain'));

    const bytes = Math.max(1 << 20, Math.round((STREAM_BYTES * site.scale) / 65_536) * 65_536);
    site.say(`streaming ${bytes} bytes there and back`);
    const cpu = cpuSeconds(daemon.pid);
    const stream = await peers.call('stream', { port, bytes });
    const perCore = (2 * bytes) / (cpuSeconds(daemon.pid) - cpu) / 1e6;

    site.say('ending one side of each');
    const unclean = await peers.call('halfClose');
    return {
      checks: [
        none('connections refused', refused),
        atLeast('route changes', rate, 'per second', 0.95 * CHANGES_PER_SECOND),
        none('connections dropped by route changes', dropped),
        none('streams that arrived otherwise than sent', stream.same ? 0 : 1),
        none('half-closed connections not ended cleanly', unclean),
        atMost('memory per idle pair of connections', perPair, 'KiB', 12),
        atLeast('bytes per second of CPU', perCore, 'MB/s', 1),
      ],
      notes: [],
    };
  },
};

/**
 * Routes of the connections' own port come and go, by server names: the configuration has its default. With every tenth
 * change another port is opened or closed. Resolves with changes per second.
 */
async function changeRoutes(
  bus: number,
  { port, spare }: { port: number; spare: number },
  backend: number,
  seconds: number,
): Promise<number> {
  const socket = connect(bus, '127.0.0.1');
  socket.on('error', () => {}).resume();
  socket.write('CONNECT {"verbose":false,"name":"bench"}\r\n');
  const route = { host: '127.0.0.1', port: backend, protocol: 'tcp' };
  const begun = performance.now();
  const count = seconds * CHANGES_PER_SECOND;
  for (let change = 0; change < count; change++) {
    const pair = change >> 1;
    const where =
      pair % 10 === 0
        ? { external_port: spare }
        : { external_port: port, sni_hostname: `n${pair % 50}.example.com` };
    const payload = JSON.stringify({ ...route, ...where });
    const subject = change % 2 === 0 ? 'router.register' : 'router.unregister';
    socket.write(`PUB ${subject} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
    // By the clock, so that what is late is caught up with.
    const wait = begun + ((change + 1) * 1000) / CHANGES_PER_SECOND - performance.now();
    if (wait > 0) await delay(wait);
  }
  socket.destroy();
  return count / ((performance.now() - begun) / 1000);
}
