/** `npm run bench:dashboard`: what five people who look at the dashboard cost a router with a large table. */
import { constants, loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ANY_CORE, Bed } from '../bed.ts';
import { CannotStart } from '../cannot-start.ts';
import { cpuSeconds } from '../cpu-time.ts';
import { freePorts } from '../free-ports.ts';
import { type Latencies, PERCENTILES, think } from '../load/thinking.ts';
import { startOrigin } from '../origin.ts';
import { startCellgate, tableOf } from '../running-cellgate.ts';
import { median } from '../statistics.ts';
import { look, SCREENS, type Viewed } from './viewer.ts';

const USAGE = `npm run bench:dashboard [-- --routes N] [-- --rounds N] [-- --seconds N]

  --routes    in the table, default 100000
  --rounds    windows without and with viewers, default 5
  --seconds   a window takes, default 20

CPU of the router with nobody who looks and with ${SCREENS.length} people, first without traffic, then with 1000 requests a second;
of these the 99th percentile. Takes some seven minutes.
`;

const RATE = 1000;
const TOKEN = { name: 'bench', secret: 'the-secret-of-the-bench', rights: ['read'] };
const SETTLING_MS = 15_000;
const P99 = PERCENTILES.indexOf(99);

interface Window {
  /** Of a core: 0 to 1. */
  readonly cpu: number;
  /** Milliseconds; null without traffic. */
  readonly p99: number | null;
  readonly viewed: Viewed | null;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
try {
  await main();
} catch (error) {
  if (!(error instanceof CannotStart)) throw error;
  process.stderr.write(`bench:dashboard: ${error.message}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      routes: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '20' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const [routes, rounds, seconds] = [values.routes, values.rounds, values.seconds].map(Number) as [
    number,
    number,
    number,
  ];
  const bed = new Bed();
  const [admin] = (await freePorts(1)) as [number];
  const router = await startCellgate({
    bed,
    cores: ANY_CORE,
    threads: 1,
    registrations: tableOf(routes, await startOrigin(bed, 'cheapest')),
    cellgateKeys: { admin: { port: admin, tokens: [TOKEN] } },
    // Heartbeats of so many routes would be most of what is measured.
    heartbeatSeconds: 60,
  });
  const address = `http://127.0.0.1:${admin}`;
  await known(address, routes);
  await delay(SETTLING_MS);
  process.stdout.write(
    `load of the machine: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}\n`,
  );

  const measure = async (isSeen: boolean, isBusy: boolean): Promise<Window> => {
    const before = cpuSeconds(router.daemon.pid);
    const [viewed, latencies] = await Promise.all([
      isSeen ? look(address, TOKEN.secret, seconds) : null,
      isBusy
        ? think(bed, { listener: 'http', port: router.port }, seconds, RATE)
        : delay(seconds * 1000, null),
    ]);
    const p99 = latencies === null ? null : (latencies as Latencies).percentiles[P99]!;
    return { cpu: (cpuSeconds(router.daemon.pid) - before) / seconds, p99, viewed };
  };

  for (const isBusy of [false, true]) {
    const [without, withViewers]: [Window[], Window[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      without.push(await measure(false, isBusy));
      withViewers.push(await measure(true, isBusy));
    }
    report(isBusy ? `${RATE} requests a second` : 'no traffic', without, withViewers);
  }
  bed.close();
}

function report(title: string, without: readonly Window[], withViewers: readonly Window[]): void {
  const cost = withViewers.map(({ cpu }, round) => cpu - without[round]!.cpu);
  const lines = [
    title,
    `  CPU, share of a core: ${percent(median(without.map(({ cpu }) => cpu)))} alone, ${percent(median(withViewers.map(({ cpu }) => cpu)))} with ${SCREENS.length} who look; they cost ${percent(median(cost))} (${cost.map(percent).join(', ')})`,
    `  asked: ${withViewers.map(({ viewed }) => `${viewed!.asked} (${viewed!.unchanged} unchanged, ${viewed!.failures} failed)`).join(', ')}`,
  ];
  if (without[0]!.p99 !== null) {
    const [alone, seen] = [without, withViewers].map((windows) => windows.map(({ p99 }) => p99!)) as [
      number[],
      number[],
    ];
    lines.push(
      `  p99: ${median(alone).toFixed(2)} ms alone (${alone.map((ms) => ms.toFixed(2)).join(', ')}), ${median(seen).toFixed(2)} ms with them (${seen.map((ms) => ms.toFixed(2)).join(', ')})`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Resolves when the table has so many routes. */
async function known(admin: string, routes: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`${admin}/v1/overview`, {
      headers: { Authorization: `Bearer ${TOKEN.secret}` },
    });
    const { table } = (await answer.json()) as { table: { routes: number } };
    if (table.routes >= routes) return;
    await delay(200);
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
