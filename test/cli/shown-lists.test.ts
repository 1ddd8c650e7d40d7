import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { rejectionText } from '../../src/cli/rejection-text.ts';
import { parseShow } from '../../src/cli/show-arguments.ts';
import { bytesText } from '../../src/cli/shown-lists.ts';
import { shownText } from '../../src/cli/shown-text.ts';

const KINDS = ['splits', 'sessions', 'errors', 'rejected', 'threads', 'tls'] as const;
const WIDTH = 100;
const NOW = Date.parse('2026-11-29T15:00:00Z');

describe('2.11 what cellgate show prints', () => {
  test('fits 100 columns and is printable, whatever a router answers', () => {
    const names = fc.constantFrom(
      ...['splits', 'sessions', 'errors', 'rejected', 'threads', 'certificates', 'handshakes', 'versions'],
      ...['route', 'arms', 'selector', 'weight', 'taken', 'error', 'endpoint', 'count', 'last', 'kind'],
      ...['thread', 'answers', 'names', 'issuer', 'excerpt', 'excerpt_at', 'position', 'line', 'client'],
    );
    const leaf = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const item = fc.dictionary(names, fc.oneof(leaf, fc.array(leaf, { maxLength: 3 })), { maxKeys: 8 });
    const answer = fc.dictionary(names, fc.oneof(leaf, item, fc.array(item, { maxLength: 3 })), {
      maxKeys: 8,
    });
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), answer, (what, value) => {
        const text = shownText(what, value, NOW);
        assert.match(text, /^[\x20-\x7e…\n]*$/);
        for (const line of text.split('\n')) assert.ok(line.length <= WIDTH, line);
      }),
      { numRuns: 500 },
    );
  });

  test('puts the mark under the byte that was wrong, however long the excerpt is', () => {
    for (const before of [0, 1, 30, 60, 120]) {
      const excerpt = `${'a'.repeat(before)}X${'b'.repeat(90)}`;
      const lines = rejectionText({ at: 'now', excerpt, excerpt_at: before, position: 4711 }).split('\n');
      const [shown, mark] = lines.slice(-3);
      assert.equal(shown![mark!.indexOf('^')], 'X', `${before}\n${shown}\n${mark}`);
    }
  });

  test('says how much in few digits', () => {
    assert.deepEqual([0, 999, 1000, 1024, 123_456, 5_000_000, 7.2e9, null].map(bytesText), [
      '0 B',
      '999 B',
      '1.0 KB',
      '1.0 KB',
      '121 KB',
      '4.8 MB',
      '6.7 GB',
      '-',
    ]);
  });
});

test('2.11 what cellgate show asks for, and what it refuses', () => {
  const pathOf = (...args: string[]) => {
    const command = parseShow(args, {});
    return command.kind === 'show' ? command.path : command.kind === 'usage-error' ? command.message : '';
  };
  assert.equal(
    pathOf('sessions', '--older', '1h', '--app', 'a b'),
    '/v1/sessions?app=a+b&older_seconds=3600',
  );
  assert.equal(pathOf('errors', '--route', 'a.test'), '/v1/errors?route=a.test');
  assert.equal(pathOf('threads'), '/v1/threads');
  assert.match(
    pathOf('sessions', '--older', 'long'),
    /--older: found "long", allowed: a time like 30s or 1h/,
  );
  assert.match(pathOf('threads', '--app', 'a'), /--app is not for threads/);
  assert.match(pathOf('tls', 'x'), /unexpected argument "x"/);
  assert.match(pathOf('session'), /sessions/);
});
