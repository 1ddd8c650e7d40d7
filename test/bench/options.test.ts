import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CannotStart } from '../../bench/cannot-start.ts';
import { parseOptions } from '../../bench/options.ts';

test('a quick run has fewer rounds, unless told otherwise', () => {
  assert.ok(parseOptions(['--quick']).rounds < parseOptions([]).rounds);
  assert.equal(parseOptions(['--quick', '--rounds', '7']).rounds, 7);
});

test('names are separated by commas', () => {
  assert.deepEqual(parseOptions(['--only', 'haproxy, nginx']).only, ['haproxy', 'nginx']);
});

for (const args of [['--rounds', '0'], ['--seconds', 'x'], ['--routes', '1.5'], ['--fast'], ['extra']]) {
  test(`${args.join(' ')} is refused with a sentence that names it`, () => {
    assert.throws(
      () => parseOptions(args),
      (error) => {
        return error instanceof CannotStart && error.message.includes(args[0]!);
      },
    );
  });
}
