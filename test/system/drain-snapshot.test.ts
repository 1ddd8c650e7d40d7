import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'vitest';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';
import { startRouterOf } from '../support/restarted-router.ts';

/** The first line: another one is another writing. */
function headerIn(folder: string): string {
  try {
    return readFileSync(join(folder, 'table.snapshot'), 'latin1').split('\n')[0]!;
  } catch {
    return '';
  }
}

test('2.2.2 a drain writes the snapshot at once, though nothing has changed', async (t) => {
  const folder = temporaryDirectory(t);
  const router = await startRouterOf(t, { drain_wait: '0s', cellgate: { state_dir: folder } });
  const end = new AbortController();
  t.onTestFinished(() => end.abort());
  const changes = watch(folder, { signal: end.signal })[Symbol.asyncIterator]();
  const another = async (before: string): Promise<string> => {
    for (;;) {
      await changes.next();
      const header = headerIn(folder);
      if (header !== '' && header !== before) return header;
    }
  };
  const agent = await NatsRawClient.connect(router.addresses.bus!);
  t.onTestFinished(() => void agent.socket.destroy());
  const message = JSON.stringify({ uris: ['kept.test'], host: '127.0.0.1', port: 1 });
  agent.send(`CONNECT {"verbose":false}\r\nPUB router.register ${message.length}\r\n${message}\r\n`);
  const before = await another('');
  const drained = router.drain();
  // Otherwise there is none before another change, or the end.
  assert.notEqual(await another(before), before);
  await drained;
});
