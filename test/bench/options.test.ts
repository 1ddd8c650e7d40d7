import assert from 'node:assert/strict';
import { test } from 'vitest';
import { CannotStart } from '../../bench/cannot-start.ts';
import { isWhole, parseOptions } from '../../bench/options.ts';

test('names are separated by commas', () => {
  const { only, proxies } = parseOptions(['--only', 'get, tls', '--proxies', 'haproxy,nginx']);
  assert.deepEqual(only, ['get', 'tls']);
  assert.deepEqual(proxies, ['haproxy', 'nginx']);
});

test('only a run of whole scenarios takes the place of the results before it', () => {
  assert.ok(isWhole(parseOptions([])));
  assert.ok(isWhole(parseOptions(['--only', 'get'])));
  for (const args of [['--quick'], ['--rounds', '3'], ['--seconds', '2'], ['--proxies', 'haproxy']]) {
    assert.ok(!isWhole(parseOptions(args)), args.join(' '));
  }
});

for (const args of [['--rounds', '0'], ['--seconds', 'x'], ['--rounds', '1.5'], ['--fast'], ['extra']]) {
  test(`${args.join(' ')} is refused with a sentence that names it`, () => {
    assert.throws(
      () => parseOptions(args),
      (error) => {
        return error instanceof CannotStart && error.message.includes(args[0]!);
      },
    );
  });
}
