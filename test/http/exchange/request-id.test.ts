import assert from 'node:assert/strict';
import { test } from 'vitest';
import { RequestIds } from '../../../src/http/exchange/request-id.ts';

test('request ids are UUIDs of version 4 and all different, over several series and threads', () => {
  const threads = [new RequestIds(), new RequestIds()];
  const seen = new Set<string>();
  for (let i = 0; i < 10_000; i++) {
    for (const ids of threads) {
      const id = ids.next();
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      seen.add(id);
    }
  }
  assert.equal(seen.size, 20_000);
});
