import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestContext } from 'vitest';

/** Those of a router without a configuration. */
export const DEFAULT_PORTS = { http: 8081, status: 8080, routes: 8082, admin: 8083, bus: 4222 };

/** One name for all suites that run on this machine: whoever has it has the ports. */
const TURN = '\0cellgate-tests-default-ports';
const RETRY_MS = 50;

/**
 * Waits for the turn of this test, which ends with it. True: the ports are its own; else another program has one of
 * them, and the test skips and says so.
 */
export async function takeDefaultPorts(t: TestContext): Promise<boolean> {
  for (;;) {
    const turn = createServer();
    const taken = once(turn, 'listening').then(
      () => true,
      () => false,
    );
    turn.listen(TURN);
    if (await taken) {
      t.onTestFinished(() => void turn.close());
      break;
    }
    await delay(RETRY_MS);
  }
  for (const port of Object.values(DEFAULT_PORTS)) {
    if (await isFree(port)) continue;
    t.skip(`port ${port} is in use on this machine`);
    return false;
  }
  return true;
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const opened = once(probe, 'listening').then(
    () => true,
    () => false,
  );
  probe.listen(port);
  if (!(await opened)) return false;
  const closed = once(probe, 'close');
  probe.close();
  await closed;
  return true;
}
