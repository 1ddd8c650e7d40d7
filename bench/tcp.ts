/** `npm run bench:tcp`: what relaying TCP costs, beside HAProxy in TCP mode. */
import { setTimeout as delay } from 'node:timers/promises';
import { Bed, type Daemon, LOAD_CORE, PROXY_CORE } from './bed.ts';
import { cpuSeconds } from './cpu-time.ts';
import { findProgram } from './find-program.ts';
import { freePorts } from './free-ports.ts';
import type { TcpPeersCalls } from './reliability/processes/tcp-peers.ts';
import { Subprocess } from './reliability/subprocess.ts';
import { startCellgate } from './running-cellgate.ts';
import { median } from './statistics.ts';

const PEERS = new URL('./reliability/processes/tcp-peers.ts', import.meta.url);
const ROUNDS = 3;
const CONNECTIONS = 64;
const SECONDS = 5;
const BULK_BYTES = 512 << 20;

interface Proxy {
  readonly name: string;
  readonly port: number;
  readonly daemon: Daemon;
  /** Microseconds of CPU per message there and back, and megabytes relayed per second of CPU; by round. */
  readonly perMessage: number[];
  readonly perCore: number[];
}

const bed = new Bed();
const peers = new Subprocess<TcpPeersCalls>(bed, PEERS, LOAD_CORE);
const backend = await peers.call('listen');
const proxies = [await cellgate(), haproxy(await freePort())];
for (const { port } of proxies) {
  while ((await peers.call('open', { port, count: 1 })) > 0) await delay(50);
  await peers.call('halfClose');
  await peers.call('pingPong', { port, connections: CONNECTIONS, seconds: 2 });
}
for (let round = 0; round < ROUNDS; round++) {
  for (const { port, daemon, perMessage, perCore } of proxies) {
    let cpu = cpuSeconds(daemon.pid);
    const messages = await peers.call('pingPong', { port, connections: CONNECTIONS, seconds: SECONDS });
    perMessage.push(((cpuSeconds(daemon.pid) - cpu) / messages) * 1e6);
    cpu = cpuSeconds(daemon.pid);
    await peers.call('stream', { port, bytes: BULK_BYTES });
    perCore.push((2 * BULK_BYTES) / (cpuSeconds(daemon.pid) - cpu) / 1e6);
  }
}
for (const { name, perMessage, perCore } of proxies) {
  const cost = `${median(perMessage).toFixed(1)} µs of CPU per message of 64 bytes there and back`;
  process.stdout.write(`${name}: ${cost}, ${median(perCore).toFixed(0)} MB relayed per second of CPU\n`);
}
const [ours, theirs] = proxies as [Proxy, Proxy];
const cost = median(ours.perMessage) / median(theirs.perMessage);
const bulk = median(ours.perCore) / median(theirs.perCore);
process.stdout.write(`cellgate: ${cost.toFixed(2)} × HAProxy's CPU per message (at most 1.35 wanted)\n`);
process.stdout.write(
  `cellgate: ${bulk.toFixed(2)} × HAProxy's bulk throughput per core (at least 0.8 wanted)\n`,
);
process.exit(0);

async function cellgate(): Promise<Proxy> {
  const port = await freePort();
  const tcp = {
    listen_host: '127.0.0.1',
    reservable_ports: String(port),
    routes: [{ port, backends: [`127.0.0.1:${backend}`] }],
  };
  const running = await startCellgate({
    bed,
    cores: PROXY_CORE,
    threads: 1,
    registrations: [],
    cellgateKeys: { tcp },
  });
  return { name: 'cellgate', port, daemon: running.daemon, perMessage: [], perCore: [] };
}

function haproxy(port: number): Proxy {
  const program = findProgram('haproxy');
  if (!program) {
    process.stderr.write('bench: haproxy is not installed: apt-get install haproxy\n');
    process.exit(1);
  }
  const timeouts = 'timeout connect 5s\n  timeout client 300s\n  timeout server 300s';
  const config = `global
  nbthread 1
  maxconn 4096
defaults
  mode tcp
  ${timeouts}
listen bench
  bind 127.0.0.1:${port}
  server backend 127.0.0.1:${backend}
`;
  const daemon = bed.start('haproxy', PROXY_CORE, program, ['-db', '-f', bed.write('haproxy.cfg', config)]);
  return { name: 'haproxy', port, daemon, perMessage: [], perCore: [] };
}

async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}
