import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { tableText } from '../../src/snapshot/table-text.ts';
import { readEntries } from '../../src/table/read-entries.ts';
import type { TableEntry } from '../../src/table/table-entry.ts';
import type { LineFault } from '../../src/table/table-line.ts';
import { type TestEntry, TestTable } from '../support/snapshot-table.ts';

async function* cut(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string | Buffer, size = 1 << 16): Promise<(TableEntry | LineFault)[]> {
  return (await Array.fromAsync(readEntries(cut(text, size)))).flat();
}

function endpoint(number: number): object {
  return { uris: [`r${number}.test/Péth`], host: '10.0.0.1', port: number + 1, app: 'é'.repeat(number) };
}

function exported(count: number): string {
  const table = new TestTable();
  for (let number = 0; number < count; number++) table.put({ ...endpoint(number) }, 5);
  return [...tableText([table as never], 7)].join('');
}

describe('a table as text', () => {
  test('is read whatever pieces it comes in', async () => {
    const text = exported(20);
    const entries = await read(text);
    assert.equal(entries.length, 20);
    assert.deepEqual(entries[3], {
      line: 5,
      kind: 'http',
      route: 'r3.test/p%c3%a9th',
      address: '10.0.0.1:4',
      said: endpoint(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (size) => {
        assert.deepEqual(await read(text, size), entries);
      }),
    );
  });

  test('may be JSON alone, with lines of nothing, and a TCP route known by its port', async () => {
    const lines = [
      '',
      JSON.stringify(endpoint(0)),
      '  \r',
      '{"external_port":1024,"sni_hostname":"DB.test","protocol":"tcp","host":"h","port":1}\r',
      '{"kind":"tcp","external_port":1025,"protocol":"tcp","host":"h","tls_port":1}',
    ];
    assert.deepEqual(
      (await read(lines.join('\n'))).map((each) => ('reason' in each ? each : [each.line, each.route])),
      [
        [2, 'r0.test/p%c3%a9th'],
        [4, '1024 db.test'],
        [5, '1025'],
      ],
    );
  });

  test('may begin with the mark of an editor, in either form', async () => {
    for (const text of [exported(3), JSON.stringify(endpoint(0))]) {
      assert.deepEqual(await read(`\ufeff${text}`), await read(text));
    }
    assert.equal((await read(`\ufeff${exported(3)}`, 1)).length, 3);
  });

  test('is told every bad line by its number, and why', async () => {
    const lines = [
      JSON.stringify(endpoint(0)),
      'nonsense',
      '[]',
      '{"kind":"udp"}',
      '{"uris":["a.test"],"host":"h","port":0}',
      '{"uris":["a.test","b.test"],"host":"h","port":1}',
      '{"uris":["a b"],"host":"h","port":1}',
      `{"uris":["a.test"],"host":"h","port":1,"app":"${'x'.repeat(20_000)}"}`,
      '{"external_port":0,"protocol":"tcp","host":"h","port":1}',
    ];
    const faults = (await read(lines.join('\n'))).filter((each) => 'reason' in each);
    assert.deepEqual(
      faults.map(({ line }) => line),
      [2, 3, 4, 5, 6, 7, 8, 9],
    );
    assert.match(
      faults.map(({ reason }) => reason).join('\n'),
      /^it is not JSON\n.*object\nkind: .*\nport: /,
    );
  });

  test('is nothing where it is empty, of another version, or cut off', async () => {
    const text = exported(3);
    const reasonsOf = async (broken: string): Promise<string[]> =>
      (await read(broken)).flatMap((each) => ('reason' in each ? [`${each.line} ${each.reason}`] : []));
    assert.deepEqual(await reasonsOf(''), ['null it is empty']);
    assert.deepEqual(await reasonsOf(text.replace('table 2 ', 'table 3 ')), [
      '1 its version is 3, and those up to 2 are known here',
    ]);
    assert.match(
      (await reasonsOf(text.replaceAll('\n', '\r\n'))).join(),
      /^1 its lines end with a carriage return, /,
    );
    const [first, second, ...rest] = text.split('\n');
    assert.deepEqual(await reasonsOf([first, second, ''].join('\n')), [
      'null it has 1 lines after its first, which speaks of 3',
    ]);
    const swapped = [first, rest[0], second, ...rest.slice(1)].join('\n');
    assert.deepEqual(await reasonsOf(swapped), ['3 its number does not follow that of the line before']);
  });

  test('has a fault for every line in which a byte is another, and for no other line', async () => {
    const text = Buffer.from(exported(8));
    const lengths = text.toString('latin1').split('\n').slice(0, -1);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const changed = Buffer.from(text);
        changed[at]! ^= bits;
        // An end of a line that comes or goes makes other lines of these.
        fc.pre(text[at] !== 10 && changed[at] !== 10);
        const line = text.subarray(0, at).filter((byte) => byte === 10).length + 1;
        const found = (await read(changed)).filter((each) => 'reason' in each);
        if (line > 1) {
          assert.deepEqual(
            found.map((each) => each.line),
            [line],
          );
        } else if (at < lengths[0]!.trimEnd().length) assert.ok(found.length > 0);
      }),
      { numRuns: 300 },
    );
  });

  test('tells of what is there from the beginning, and goes on without what goes meanwhile', async () => {
    const table = new TestTable();
    const entries = Array.from({ length: 2000 }, (_, number) => table.put({ ...endpoint(number % 50) }, 5));
    const unlike = entries.map((entry: TestEntry, number) => {
      (entry.said as Record<string, unknown>)['uris'] = [`r${number}.test`];
      return entry;
    });
    const pieces = tableText([table as never], 7);
    let text = '';
    let piece = pieces.next();
    while (!piece.done && !text.includes('\n')) {
      text += piece.value;
      piece = pieces.next();
    }
    const [first, last] = [unlike[0]!, unlike.at(-1)!];
    table.delete(first);
    table.delete(last);
    table.put({ uris: ['new.test'], host: 'h', port: 1 }, 5);
    for (; !piece.done; piece = pieces.next()) text += piece.value;
    const read_ = await read(text);
    assert.ok(read_.every((each) => !('reason' in each)));
    const routes = new Set(read_.map((each) => ('route' in each ? each.route : '')));
    assert.ok(!routes.has('new.test'));
    assert.ok(!routes.has('r1999.test'));
    for (let number = 1; number < 1999; number++) assert.ok(routes.has(`r${number}.test`), `r${number}`);
  });
});
