import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { CellgateProcess } from '../support/cellgate-process.ts';

const SECONDS = 4;
/** Of one thread, a second. Ticks are ten, a few once a second come to them. */
const MOST = 25;

/** How often each thread that serves or controls has gone to sleep. */
function sleeps(pid: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    const [, name] = /^Name:\s*(.*)$/m.exec(status)!;
    const [, count] = /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)!;
    if (/MainThread|^proxy-/.test(name!)) counts.set(name!, Number(count));
  }
  return counts;
}

test('a router that nobody asks for anything seldom wakes up', async (t) => {
  const router = CellgateProcess.router(t, { cellgate: { proxy_threads: 2 } });
  await router.started();
  await delay(1000);
  const before = sleeps(router.child.pid!);
  await delay(SECONDS * 1000);
  const after = sleeps(router.child.pid!);
  assert.equal(after.size, 3, [...after.keys()].join(' '));
  for (const [name, count] of after) {
    const perSecond = (count - before.get(name)!) / SECONDS;
    assert.ok(perSecond <= MOST, `${name}: ${perSecond} times a second`);
  }
});
