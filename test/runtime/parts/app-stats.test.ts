import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { AdminApi } from '../../../src/admin/api.ts';
import type { AppsThere } from '../../../src/http/account/app-traffic.ts';
import { AppStatsPart } from '../../../src/runtime/parts/app-stats.ts';
import type { Reload } from '../../../src/runtime/parts/part.ts';
import type { Look } from '../../../src/runtime/threads/look.ts';

const NO_WINDOWS = [10, 60, 300].map((requests) => ({ requests, errors: 0, latency: [] }));

function configOf(apps: readonly string[], busiest: number) {
  return { cellgate: { metrics: { apps, busiest_apps: busiest } } } as unknown as Reload['config'];
}

/** A thread that has these applications, and counts how often it is asked. */
function partOf(apps: readonly string[], config: Reload['config']) {
  const asked: Look[] = [];
  const row = (app: string) => ({ app, instance: '', index: '', address: '', open: 0, windows: NO_WINDOWS });
  const seen: AppsThere = { seconds: [10, 60, 300], rows: apps.map(row), uncounted: 0 };
  const part = new AppStatsPart({
    config,
    api: { add() {} } as unknown as AdminApi,
    threads: {
      look: async (look: Look) => {
        asked.push(look);
        return [{ thread: 0, seen }] as never;
      },
    },
    others: () => [],
  });
  return { part, asked };
}

test('2.11 one scrape asks threads once, whatever it reads, and a reload counts at once', async () => {
  const { part, asked } = partOf(['a', 'b', 'c'], configOf(['a'], 1));
  const [first, again] = await Promise.all([part.readings(), part.readings()]);
  assert.equal(first, again);
  assert.deepEqual(asked, [{ of: 'apps', apps: ['a'], busiest: 3 }]);
  assert.equal(first.length, 2, 'the one that is named, and the busiest other');
  part.reload({ config: configOf(['b', 'c'], 0), settings: {} as Reload['settings'], tcp: null });
  assert.deepEqual(
    (await part.readings()).map(({ app }) => app),
    ['b', 'c'],
  );
  assert.deepEqual(asked.at(-1), { of: 'apps', apps: ['b', 'c'], busiest: 0 });
});
