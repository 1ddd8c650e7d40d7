import assert from 'node:assert/strict';
import { test } from 'vitest';
import { contendersFrom } from '../../bench/contenders/from-environment.ts';

test('proxies are named by the environment, several at a time', () => {
  const found = contendersFrom({
    BENCH_PROXY: 'one=node one.js {port} {origin}; two.js=node two.js --to=127.0.0.1:{origin} {port};',
    BENCH_GOROUTER: '/nowhere/gorouter',
  });
  assert.deepEqual(
    found.map(({ name }) => name),
    ['gorouter', 'one', 'two.js'],
  );
  assert.match(found[0]!.missing()!, /BENCH_GOROUTER.*\/nowhere\/gorouter/);
  assert.equal(found[1]!.missing(), undefined);
});

test('without any there are none', () => {
  assert.deepEqual(contendersFrom({}), []);
  assert.deepEqual(contendersFrom({ BENCH_PROXY: '', BENCH_GOROUTER: '' }), []);
});

test('a program may be named by its path', () => {
  const [one] = contendersFrom({ BENCH_PROXY: `one=${process.execPath} {port} {origin}` });
  assert.equal(one!.missing(), undefined);
});

test('a program that is not there is missing by name', () => {
  const [one] = contendersFrom({ BENCH_PROXY: 'one=no-such-program {port} {origin}' });
  assert.equal(one!.missing(), 'there is no program no-such-program');
});

for (const text of ['one', 'one=node {port}', '=node {port} {origin}', 'a b=node {port} {origin}']) {
  test(`BENCH_PROXY='${text}' is refused`, () => {
    assert.throws(() => contendersFrom({ BENCH_PROXY: text }), /BENCH_PROXY: .* is not name=command/);
  });
}
