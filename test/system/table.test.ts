import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'vitest';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { endpoint, OperatedRouter, READER, tableOf } from '../support/operated-router.ts';
import { RoutePublisher } from '../support/route-publisher.ts';

describe('cellgate table', () => {
  test('names every bad line and changes nothing, and asks for the right to operate', async (t) => {
    const router = await OperatedRouter.start(t, temporaryDirectory(t));
    const file = tableOf(t, [endpoint('a.test', 1), 'nonsense', endpoint('b.test', 0)]);
    assert.deepEqual(await router.import(file, '--ttl', '1h'), {
      code: 1,
      out: '',
      error: `cellgate: ${file}:2: it is not JSON
cellgate: ${file}:3: port: found 0 and no tls_port, allowed: an integer from 1 to 65535
cellgate: nothing has been changed
`,
    });
    assert.deepEqual(await router.exported(), []);
    const good = tableOf(t, [endpoint('a.test', 1)]);
    const refused = await router.run(['import', good, '--ttl', '1h'], READER.secret);
    assert.equal(refused.code, 1);
    assert.match(refused.error, /^cellgate: this needs the right operate, which eve has not: /);
    assert.equal((await router.run(['export'], READER.secret)).code, 0);
    for (const path of [join(dirname(file), 'none'), dirname(file)]) {
      const missing = await router.run(['import', path, '--ttl', '1h']);
      assert.equal(missing.code, 1);
      assert.match(missing.error, /^cellgate: \S+: (?:there is no such file|it is no regular file)\n$/);
    }
    const withoutTtl = await router.run(['import', good]);
    assert.equal(withoutTtl.code, 64);
  });

  test('says what differs between tables, in words and as JSON, by its exit code too', async (t) => {
    const router = await OperatedRouter.start(t, temporaryDirectory(t));
    const agent = await RoutePublisher.connect(t, router.addresses.bus!);
    agent.register('a.test', 1);
    agent.register('gone.test', 1);
    agent.register('b.test', 2, { tags: { component: 'old' } });
    await router.until('b.test', 502);
    const folder = temporaryDirectory(t);
    const saved = join(folder, 'saved.table');
    assert.deepEqual(await router.run(['export', '--output', saved]), { code: 0, out: '', error: '' });
    assert.equal(statSync(saved).mode & 0o777, 0o600);
    assert.deepEqual(await router.run(['diff', saved, 'live']), {
      code: 0,
      out: 'no difference\n',
      error: '',
    });

    agent.unregister('gone.test', 1);
    agent.register('b.test', 2, { tags: { component: 'new' } });
    agent.register('b.test', 3);
    agent.register('new.test', 4);
    await router.until('new.test', 502);
    assert.deepEqual(await router.run(['diff', saved, 'live']), {
      code: 1,
      out: `b.test:
  127.0.0.1:2 differs: tags.component is "old" in ${saved} and "new" in live
  127.0.0.1:3 only in live
gone.test: only in ${saved}, with 127.0.0.1:1
new.test: only in live, with 127.0.0.1:4
3 routes differ
`,
      error: '',
    });
    const json = await router.run(['diff', saved, 'live', '--json']);
    assert.equal(json.code, 1);
    const { differences, equal } = JSON.parse(json.out);
    assert.equal(equal, false);
    assert.deepEqual(differences[0], {
      kind: 'http',
      route: 'b.test',
      in: 'both',
      gone: [],
      added: ['127.0.0.1:3'],
      changed: [{ address: '127.0.0.1:2', fields: [{ field: 'tags.component', old: 'old', new: 'new' }] }],
    });
    const same = await router.run(['diff', saved, saved, '--json']);
    assert.deepEqual([same.code, JSON.parse(same.out)], [0, { differences: [], equal: true }]);

    const damaged = join(folder, 'damaged.table');
    writeFileSync(damaged, readFileSync(saved, 'utf8').replace('127.0.0.1', '127.0.0.2'));
    for (const [args, sentence] of [
      [['diff', damaged, 'live'], /damaged\.table:2: its checksum is wrong\n$/],
      [['diff', saved, join(folder, 'none')], /none: there is no such file\n$/],
      [['diff', saved, 'live', '--admin', `http://127.0.0.1:${await freePort()}`], /nobody answers at /],
    ] as const) {
      const trouble = await router.run(args);
      assert.deepEqual([trouble.code, trouble.out], [2, '']);
      assert.match(trouble.error, sentence);
    }
    const checked = await router.run(['export', '--file', damaged, '--output', join(folder, 'copy')]);
    assert.deepEqual([checked.code, checked.out], [1, '']);
    assert.match(checked.error, /damaged\.table:2: its checksum is wrong\n$/);
    assert.throws(() => statSync(join(folder, 'copy')));
    assert.equal((await router.run(['export', '--file', saved])).out, readFileSync(saved, 'utf8'));
  });
});
