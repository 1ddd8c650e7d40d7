import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ANY_CORE } from '../bed.ts';
import { CannotStart } from '../cannot-start.ts';
import { type CellgateOptions, type RunningCellgate, startCellgate } from '../running-cellgate.ts';
import { HOST } from '../target.ts';
import { EchoConnection } from './echo-connection.ts';
import type { Site } from './figure.ts';
import { metric } from './metrics.ts';
import { openDescriptors } from './process-state.ts';
import type { OriginCalls } from './processes/origin.ts';
import { Subprocess } from './subprocess.ts';

const PATIENCE_MS = 20_000;

type Settings = Pick<CellgateOptions, 'keys' | 'cellgateKeys' | 'descriptors'>;

/** A router with two proxy threads, and its backends in one other process. */
export interface Router extends RunningCellgate {
  readonly origin: Subprocess<OriginCalls>;
}

/** The route of one endpoint alone; `HOST` is that of all. */
export function hostOf(endpoint: number): string {
  return `endpoint-${endpoint}.${HOST}`;
}

/** Returns once every one of the endpoints has answered through the router. */
export async function startRouter({ bed }: Site, endpoints: number, settings: Settings): Promise<Router> {
  const origin = new Subprocess<OriginCalls>(bed, new URL('./processes/origin.ts', import.meta.url));
  const ports = await origin.call('listen', endpoints);
  const registrations = ports.flatMap((port, index) => [
    { host: HOST, port },
    { host: hostOf(index), port },
  ]);
  const running = await startCellgate({ bed, cores: ANY_CORE, threads: 2, registrations, ...settings });
  const router = { ...running, origin };
  await untilAllServe(router);
  return router;
}

async function untilAllServe({ origin, port, daemon }: Router): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  const total: number[] = [];
  for (;;) {
    const connection = new EchoConnection({ port });
    const fault = await connection.ask({ toClose: true }).then(
      () => '',
      (error: Error) => error.message,
    );
    for (const [index, count] of (await origin.call('served')).entries()) {
      total[index] = (total[index] ?? 0) + count;
    }
    if (total.every((count) => count > 0)) return;
    const ending = daemon.ending();
    if (ending) throw new CannotStart(ending);
    if (performance.now() > deadline) throw new CannotStart(`cellgate does not serve: ${fault}`);
    if (fault !== '') await delay(50);
  }
}

/** The least share of requests that one of the endpoints gets, in per cent of an even one: 0 when it is passed over. */
export async function leastShare({ origin, port }: Router, requests: number): Promise<number> {
  await origin.call('served');
  for (let request = 0; request < requests; request++) {
    await new EchoConnection({ port }).ask({ toClose: true });
  }
  const served = await origin.call('served');
  return (Math.min(...served) * served.length * 100) / requests;
}

/** Descriptors in use apart from those of connections kept for backends, of which there may be more or less. */
export async function ownDescriptors({ daemon, statusPort }: Router): Promise<number> {
  const kept = await metric({ daemon, statusPort }, 'cellgate_open_upstream_connections');
  return openDescriptors(daemon.pid) - kept;
}

/** How many lines with this message the router has logged. */
export function logged({ daemon }: Pick<Router, 'daemon'>, message: string): number {
  return readFileSync(daemon.output, 'utf8').split(`"message":"${message}"`).length - 1;
}
