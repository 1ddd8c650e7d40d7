import { answer } from '../../answer.ts';
import { type Bed, LOAD_CORE, PROXY_CORE } from '../../bed.ts';
import type { RunningProxy } from '../../contender.ts';
import { cellgate } from '../../contenders/cellgate.ts';
import { haproxy } from '../../contenders/haproxy.ts';
import { cpuSeconds } from '../../cpu-time.ts';
import { median } from '../../statistics.ts';
import { atLeast, none } from '../checks.ts';
import { describe, sum } from '../faults.ts';
import type { Figure, Outcome, Site } from '../figure.ts';
import type { Churn, ChurnClientsCalls } from '../processes/churn-clients.ts';
import type { OriginCalls } from '../processes/origin.ts';
import { Subprocess } from '../subprocess.ts';

const ORIGIN = new URL('../processes/origin.ts', import.meta.url);
const CLIENTS = new URL('../processes/churn-clients.ts', import.meta.url);
const ROUNDS = 5;
const SECONDS = 3;
const AT_ONCE = 64;

interface Sample extends Churn {
  /** Requests per second of the proxy's own CPU time: what a whole core would carry. */
  readonly perCore: number;
}

export const connectionChurn: Figure = {
  id: 'L03',
  what: 'a new connection for every request; one proxy thread, alone on a core',
  async run({ bed, scale, say }: Site): Promise<Outcome> {
    const origin = new Subprocess<OriginCalls>(bed, ORIGIN, LOAD_CORE);
    const clients = new Subprocess<ChurnClientsCalls>(bed, CLIENTS, LOAD_CORE);
    const [originPort] = (await origin.call('listen', 1)) as [number];
    const proxies = await startProxies(bed, originPort);
    const samples = new Map(Array.from(proxies.keys(), (name) => [name, [] as Sample[]]));
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, { daemon, port }] of proxies) {
        const before = cpuSeconds(daemon.pid);
        const churn = await clients.call('run', { port, seconds: SECONDS * scale, atOnce: AT_ONCE });
        const perCore = churn.requests / (cpuSeconds(daemon.pid) - before);
        // The first is for the compiler.
        if (round === 0) continue;
        samples.get(name)!.push({ ...churn, perCore });
        say(`round ${round} of ${ROUNDS}: ${name} ${perCore.toFixed(0)} requests per CPU second`);
      }
    }
    const own = samples.get(cellgate.name)!;
    return {
      checks: [
        atLeast('requests per second of CPU', medianOf(own, 'perCore'), '', 5000),
        none(
          'failures',
          own.reduce((total, { faults }) => total + sum(faults), 0),
        ),
      ],
      notes: Array.from(samples, ([name, list]) => sentence(name, list)),
    };
  },
};

async function startProxies(bed: Bed, originPort: number): Promise<Map<string, RunningProxy>> {
  const proxies = new Map<string, RunningProxy>();
  for (const contender of [cellgate, haproxy]) {
    if (contender.missing() !== undefined) continue;
    const { name } = contender;
    const proxy = await contender.start({
      ...{ bed, label: name, cores: PROXY_CORE, threads: 1, originPort, routes: 0 },
      ...{ listener: 'http', certificate: undefined },
    });
    await answer(proxy.daemon, { listener: 'http', port: proxy.port });
    proxies.set(name, proxy);
  }
  return proxies;
}

function medianOf(samples: readonly Sample[], name: 'perCore' | 'p99'): number {
  return median(samples.map((sample) => sample[name]));
}

function sentence(name: string, samples: readonly Sample[]): string {
  const rate = median(samples.map(({ requests, seconds }) => requests / seconds));
  const faults = samples.map((sample) => describe(sample.faults)).filter((text) => text !== '');
  return (
    `${name}: ${medianOf(samples, 'perCore').toFixed(0)} requests per second of CPU, ` +
    `${rate.toFixed(0)}/s reached, p99 ${medianOf(samples, 'p99').toFixed(1)} ms, ` +
    `${faults.join(', ') || 'no'} failures.`
  );
}
