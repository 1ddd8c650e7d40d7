import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { Health } from '../status/health.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { ProxyThreads } from './threads/proxy-threads.ts';

/** In which threads say that nothing is left, even where the limit is 0. */
const LEAST_TIMEOUT_MS = 250;

export interface DrainParts {
  readonly config: Pick<Config, 'drain_wait' | 'drain_timeout'>;
  readonly health: Health;
  readonly threads: Pick<ProxyThreads, 'closeGently' | 'drain'>;
  readonly log: ComponentLog;
  /** The router, as its log lines name it. */
  readonly name: 'gorouter' | 'tcp-router';
}

/**
 * Leaves the service of load balancers without a client noticing (docs/compatibility.md §5.5): health checks fail for
 * `drain_wait`, then the ports close and connections have `drain_timeout` to finish. gorouter never tells clients
 * on HTTP/1.1 that their connection will end; here, in the second half of `drain_wait`, every response does.
 * By then load balancers have found out, and whoever connects anew reaches another router.
 */
export async function drain({ config, health, threads, log, name }: DrainParts): Promise<void> {
  health.become('degraded');
  log.info(`${name}-draining`, {
    wait_seconds: config.drain_wait / 1000,
    timeout_seconds: config.drain_timeout / 1000,
  });
  await delay(config.drain_wait / 2);
  threads.closeGently();
  await delay(config.drain_wait / 2);

  const limit = new AbortController();
  const longest = Math.max(config.drain_timeout, LEAST_TIMEOUT_MS);
  const timedOut = delay(longest, 'timed-out' as const, { signal: limit.signal });
  timedOut.catch(() => {});
  const drained = threads.drain((active, idle) => {
    log.info(`Draining with ${active} outstanding active connections`);
    log.info(`Draining with ${idle} outstanding idle connections`);
  });
  const outcome = await Promise.race([drained, timedOut]);
  limit.abort();
  if (outcome !== 'timed-out') return;
  log.info('router.drain.timed-out');
  log.error(`${name}-draining-error`, { error: 'Drain timeout' });
}
