import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseOptions } from '../../fuzz/options.ts';

test('the fuzzer has a default for everything but the seed', () => {
  const defaults = {
    help: false,
    count: 1_000_000,
    sockets: 2000,
    crossings: 2000,
    http2: 2000,
    frames: 100_000,
    jobs: 1,
    replay: undefined,
  };
  assert.deepEqual(parseOptions([], 17), { ...defaults, seed: 17 });
});

test('the fuzzer takes what it is told', () => {
  const args = [
    '--seed',
    '4',
    '--count',
    '5',
    '--sockets',
    '0',
    '--crossings',
    '7',
    '--http2',
    '8',
    '--frames',
    '9',
    '--jobs',
    '2',
    '--replay',
    'a.txt',
  ];
  const told = {
    help: false,
    seed: 4,
    count: 5,
    sockets: 0,
    crossings: 7,
    http2: 8,
    frames: 9,
    jobs: 2,
    replay: 'a.txt',
  };
  assert.deepEqual(parseOptions(args, 17), told);
});

test('the fuzzer names the argument that is wrong', () => {
  assert.throws(
    () => parseOptions(['--seed', '4294967296'], 0),
    /--seed: "4294967296" is not a whole number/,
  );
  assert.throws(() => parseOptions(['--count', 'many'], 0), /--count: "many" is not a whole number/);
  assert.throws(() => parseOptions(['--jobs', '0'], 0), /--jobs: "0" is not a whole number from 1/);
  assert.throws(() => parseOptions(['--wat'], 0), /--wat/);
});
