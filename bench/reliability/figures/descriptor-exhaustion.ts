import { setTimeout as delay } from 'node:timers/promises';
import { atLeast, atMost, none } from '../checks.ts';
import { EchoConnection } from '../echo-connection.ts';
import { describe, FaultCount, type Faults, sum } from '../faults.ts';
import type { Check, Figure, Outcome, Site } from '../figure.ts';
import { monotonic } from '../monotonic.ts';
import { openDescriptors } from '../process-state.ts';
import type { HoardingClientsCalls } from '../processes/hoarding-clients.ts';
import type { IdleClientsCalls } from '../processes/idle-clients.ts';
import { hostOf, leastShare, logged, type Router, startRouter } from '../router.ts';
import { Subprocess } from '../subprocess.ts';

const HOARDERS = new URL('../processes/hoarding-clients.ts', import.meta.url);
const CLIENTS_OF_ONE = new URL('../processes/idle-clients.ts', import.meta.url);
const DESCRIPTORS = 512;
const CLIENTS = 1000;
const SECONDS = 20;
const ENDPOINTS = 8;
/** Requests at the same time on each endpoint's own route, before. */
const BURST = 120;
const HEALTH_INTERVAL_MS = 200;
/** Good answers in a row that count as full service. */
const IN_A_ROW = 50;
const PATIENCE_MS = 20_000;

export const descriptorExhaustion: Figure = {
  id: 'L20',
  what: `${CLIENTS} clients hold on to whatever they get of a router with ${DESCRIPTORS} descriptors, for ${SECONDS} s`,
  async run(site: Site): Promise<Outcome> {
    const limited = await exhaust(site, 'default limits', {});
    const unlimited = await exhaust(site, 'no limit of connections', { max_connections: 0 });
    // Who lifts the limit has also given up the descriptors kept for health checks: those are told, not judged.
    return {
      checks: [limited.health, ...limited.checks, ...unlimited.checks],
      notes: [...limited.notes, ...unlimited.notes],
    };
  },
};

interface Exhaustion extends Outcome {
  readonly health: Check;
}

async function exhaust(
  site: Site,
  name: string,
  cellgateKeys: Readonly<Record<string, unknown>>,
): Promise<Exhaustion> {
  const router = await startRouter(site, ENDPOINTS, {
    keys: { backends: { max_conns: 0 } },
    cellgateKeys,
    descriptors: DESCRIPTORS,
  });
  const busy = new Subprocess<IdleClientsCalls>(site.bed, CLIENTS_OF_ONE);
  const watch = watchHealth(router);
  site.say(`${name}: bursts on the routes of each endpoint, which leave idle connections behind`);
  for (let endpoint = 0; endpoint < ENDPOINTS; endpoint++) {
    const target = { port: router.port, host: hostOf(endpoint), late: 200, from: ['127.0.0.1'] };
    await busy.call('open', { ...target, count: BURST, atOnce: BURST });
    await busy.call('close');
  }
  const hoarders = new Subprocess<HoardingClientsCalls>(site.bed, HOARDERS);
  site.say(`${name}: ${CLIENTS} clients that hold on`);
  await hoarders.call('start', { port: router.port, count: Math.round(CLIENTS * site.scale) });
  await delay(SECONDS * site.scale * 1000);
  const health = await watch.stop();
  const descriptors = openDescriptors(router.daemon.pid);
  const { streams, endings } = await hoarders.call('release');
  const recovery = await untilFullService(router);
  const share = await leastShare(router, 400);
  const named = (check: Check): Check => ({ ...check, what: `${name}: ${check.what}` });
  return {
    health: named(none('health checks not answered', sum(health.faults))),
    checks: [
      atMost('until full service again', recovery, 's', 1),
      atLeast('share of the endpoint used least, of an even one', share, '%', 90),
      none('processes or threads ended', endedParts(router)),
    ].map(named),
    notes: [
      `${name}: ${descriptors} descriptors in use with ${streams} responses held; of ${health.count} health checks ` +
        `failed: ${describe(health.faults) || 'none'}; other clients met: ${describe(endings) || 'nothing'}.`,
    ],
  };
}

interface Health {
  readonly count: number;
  readonly faults: Faults;
}

function watchHealth({ statusPort }: Router): { stop(): Promise<Health> } {
  const faults = new FaultCount();
  let count = 0;
  let watching = true;
  const watch = async (): Promise<Health> => {
    for (; watching; count++) {
      await checkHealth(statusPort).catch((error) => faults.add(error));
      await delay(HEALTH_INTERVAL_MS);
    }
    return { count, faults: faults.faults };
  };
  const done = watch();
  return {
    stop() {
      watching = false;
      return done;
    },
  };
}

/** @throws with the reason why the router does not count as healthy */
async function checkHealth(port: number): Promise<void> {
  const options = { signal: AbortSignal.timeout(1000), headers: { connection: 'close' } };
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, options);
    const text = await response.text();
    if (response.status === 200 && text === 'ok\n') return;
    throw new Error(`status ${response.status}`);
  } catch (error) {
    const { cause, message } = error as Error;
    throw new Error((cause as NodeJS.ErrnoException | undefined)?.code ?? message);
  }
}

/** Seconds until the first of so many requests in a row that all succeed, or as long as it was tried. */
async function untilFullService({ port }: Router): Promise<number> {
  const begun = monotonic();
  let first = begun;
  for (let good = 0; good < IN_A_ROW; ) {
    const connection = new EchoConnection({ port });
    try {
      await connection.ask({ toClose: true });
      good++;
    } catch {
      good = 0;
      await delay(20);
      first = monotonic();
      if (first > begun + PATIENCE_MS) break;
    }
  }
  return (first - begun) / 1000;
}

function endedParts(router: Router): number {
  return (router.daemon.ending() === undefined ? 0 : 1) + logged(router, 'proxy-thread-exited');
}
