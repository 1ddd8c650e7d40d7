import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart } from '../cannot-start.ts';
import { type RunningCellgate, STATUS_PASSWORD, STATUS_USER } from '../running-cellgate.ts';

type Scraped = Pick<RunningCellgate, 'statusPort' | 'daemon'>;

const PATIENCE_MS = 60_000;

/** Sum of all samples of a metric; 0 when there is none. */
export async function metric({ statusPort }: Scraped, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${statusPort}/metrics`, {
    headers: { authorization: `Basic ${btoa(`${STATUS_USER}:${STATUS_PASSWORD}`)}`, connection: 'close' },
  });
  const samples = (await response.text()).matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'));
  return samples.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Registrations taken in, one for each uri of a message. */
export function registrations(router: Scraped): Promise<number> {
  return metric(router, 'registry_message');
}

/** Looks again and again until a metric is at least so high. @throws CannotStart when it takes too long */
export async function untilAtLeast(router: Scraped, name: string, least: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let value = 0; value < least; ) {
    const ending = router.daemon.ending();
    if (ending !== undefined) throw new CannotStart(ending);
    value = await metric(router, name).catch(() => 0);
    if (value >= least) return;
    if (performance.now() > deadline) throw new CannotStart(`${name} is ${value}, and not yet ${least}`);
    await delay(50);
  }
}
