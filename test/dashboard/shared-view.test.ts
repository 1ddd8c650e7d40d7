import assert from 'node:assert/strict';
import { test } from 'vitest';
import { SharedView } from '../../src/dashboard/shared-view.ts';
import { SharedViews } from '../../src/dashboard/shared-views.ts';

test('it is found out once for all who ask at the same time, and again when it is old', async () => {
  let [now, made] = [0, 0];
  const view = new SharedView({ age: 100, now: () => now, make: async () => ({ made: ++made }) });
  const all = await Promise.all([view.get(), view.get(), view.get()]);
  assert.equal(new Set(all).size, 1);
  now = 99;
  assert.equal(await view.get(), all[0]);
  now = 100;
  assert.notEqual((await view.get()).etag, all[0]!.etag);
  assert.equal(made, 2);
});

test('what has not changed has the same tag', async () => {
  let now = 0;
  const view = new SharedView({ age: 1, now: () => now, make: async () => ({ same: true }) });
  const { etag } = await view.get();
  now = 1;
  assert.equal((await view.get()).etag, etag);
});

test('a failure is told to those who asked, and the next one tries again', async () => {
  let made = 0;
  const make = async (): Promise<object> => {
    if (++made === 1) throw new Error('not yet');
    return { made };
  };
  const view = new SharedView({ age: 100, now: () => 0, make });
  const [one, other] = await Promise.allSettled([view.get(), view.get()]);
  assert.deepEqual([one.status, other.status], ['rejected', 'rejected']);
  assert.equal(Buffer.from((await view.get()).bytes).toString(), '{"made":2}\n');
});

test('different questions have answers of their own, a bounded number of them', async () => {
  const asked: string[] = [];
  const views = new SharedViews({
    age: 100,
    now: () => 0,
    make: async (query) => {
      asked.push(query.toString());
      return {};
    },
  });
  for (let each = 0; each < 40; each++) await views.get(new URLSearchParams({ q: String(each) }));
  await views.get(new URLSearchParams({ q: '39' }));
  assert.equal(asked.length, 40);
  await views.get(new URLSearchParams({ q: '0' }));
  assert.equal(asked.length, 41);
});
