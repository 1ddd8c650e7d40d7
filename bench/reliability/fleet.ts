import { setTimeout as delay } from 'node:timers/promises';
import { ANY_CORE } from '../bed.ts';
import { CannotStart } from '../cannot-start.ts';
import { type CellgateOptions, type RunningCellgate, startCellgate } from '../running-cellgate.ts';
import { HOST } from '../target.ts';
import { EchoConnection } from './echo-connection.ts';
import type { Site } from './figure.ts';
import type { OriginCalls } from './processes/origin.ts';
import { logged } from './router.ts';
import { Subprocess } from './subprocess.ts';

const PATIENCE_MS = 20_000;

/** A backend in a process of its own, so that it can be killed or frozen alone. */
interface Instance {
  readonly process: Subprocess<OriginCalls>;
  readonly port: number;
}

export interface Fleet {
  readonly router: RunningCellgate;
  readonly instances: readonly Instance[];
}

type Settings = Pick<CellgateOptions, 'keys' | 'cellgateKeys' | 'natsPort'> & {
  /** Registered like an instance, though nothing listens there. */
  readonly stalePorts?: readonly number[];
};

/** A router and `count` instances of one application; returns once each of these has answered through it. */
export async function startFleet({ bed }: Site, count: number, settings: Settings): Promise<Fleet> {
  const { stalePorts = [], ...options } = settings;
  const instances: Instance[] = [];
  for (let each = 0; each < count; each++) {
    const process = new Subprocess<OriginCalls>(bed, new URL('./processes/origin.ts', import.meta.url));
    const [port] = await process.call('listen', 1);
    instances.push({ process, port: port! });
  }
  const registrations = [...stalePorts, ...instances.map(({ port }) => port)].map((port) => ({
    host: HOST,
    port,
  }));
  const router = await startCellgate({ bed, cores: ANY_CORE, threads: 2, registrations, ...options });
  // A route must not begin with the stale ones alone.
  while (logged(router, 'endpoint-registered') < registrations.length) await delay(50);
  if (stalePorts.length === 0) await untilAllServe(router, instances);
  return { router, instances };
}

async function untilAllServe(router: RunningCellgate, instances: readonly Instance[]): Promise<void> {
  const waiting = new Set(instances);
  const deadline = performance.now() + PATIENCE_MS;
  while (waiting.size > 0) {
    await answers(router.port);
    for (const instance of waiting) {
      const [served] = await instance.process.call('served');
      if (served! > 0) waiting.delete(instance);
    }
    const ending = router.daemon.ending();
    if (ending !== undefined) throw new CannotStart(ending);
    if (performance.now() > deadline) throw new CannotStart('cellgate does not serve all instances');
  }
}

/** Whether a request of its own on a new connection gets its answer. */
export async function answers(port: number, host: string = HOST): Promise<boolean> {
  try {
    await new EchoConnection({ port, host }).ask({ toClose: true });
    return true;
  } catch {
    await delay(20);
    return false;
  }
}
