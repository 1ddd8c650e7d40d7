import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { ownLines } from '../../../src/http/message/own-lines.ts';
import { responseRewrite, rewrittenLines } from '../../../src/http/policy/response-rewrite.ts';

function rewrite(lines: readonly string[], remove: readonly string[], add: readonly [string, string][]) {
  const rules = responseRewrite(
    remove.map((name) => ({ name })),
    add.map(([name, value]) => ({ name, value })),
  );
  const own = ownLines(...lines.flatMap((line) => line.split(/: (.*)/, 2)));
  return (rules === null ? own : rewrittenLines(own, rules)).text.split('\r\n').slice(0, -1);
}

describe('§3.4 http_rewrite.responses', () => {
  test('removes every line of a name, in any case', () => {
    assert.deepEqual(rewrite(['Server: a', 'X: 1', 'SERVER: b'], ['server'], []), ['X: 1']);
  });

  test('adds what is not there, spelled as Go does, several values of one name together', () => {
    const add: [string, string][] = [
      ['x-frame-options', 'DENY'],
      ['x-two', '1'],
      ['X-TWO', '2'],
    ];
    assert.deepEqual(rewrite(['x-FRAME-options: SAMEORIGIN'], [], add), [
      'x-FRAME-options: SAMEORIGIN',
      'X-Two: 1',
      'X-Two: 2',
    ]);
  });

  test('removes before it adds, so that a value can be replaced', () => {
    assert.deepEqual(rewrite(['Server: app'], ['Server'], [['Server', 'router']]), ['Server: router']);
  });

  test('leaves alone what frames the message', () => {
    const framing = ['Content-Length: 2', 'Connection: close'];
    assert.deepEqual(
      rewrite(framing, ['content-length', 'Connection'], [['Transfer-Encoding', 'x']]),
      framing,
    );
  });

  test('does what a naive model does', () => {
    const name = fc.constantFrom('A', 'b', 'B', 'X-Y', 'x-y');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, fc.constantFrom('1', '', 'a:b'))),
        fc.array(name, { maxLength: 2 }),
        fc.array(fc.tuple(name, fc.constantFrom('7', '8')), { maxLength: 3 }),
        (lines, remove, add) => {
          const lower = (text: string) => text.toLowerCase();
          const left = lines.filter(([n]) => !remove.map(lower).includes(lower(n)));
          const added = add.filter(([n]) => !left.some(([other]) => lower(other) === lower(n)));
          const result = rewrite(
            lines.map(([n, v]) => `${n}: ${v}`),
            remove,
            add,
          );
          assert.deepEqual(
            result.map((line) => lower(line)),
            [...left, ...added].map(([n, v]) => `${lower(n)}: ${v}`),
          );
        },
      ),
    );
  });
});
