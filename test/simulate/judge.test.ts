import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { UsageError } from '../../simulate/count-option.ts';
import { play } from '../../simulate/judge/canary.ts';
import { measure } from '../../simulate/judge/measure.ts';
import { parseOptions } from '../../simulate/judge/options.ts';
import { SCENARIOS } from '../../simulate/judge/scenarios.ts';

const CANARIES = 40;
const FROM = 1;
/** So few canaries of a scenario tell no 99 % from 98 %: what must nearly never be may be once. */
const MOST_FALSE = 1;

describe('the judge, over whole cutovers', () => {
  for (const scenario of SCENARIOS) {
    const { name, bound } = scenario;
    // A busy one takes as long as all others together.
    if (bound === null || name.includes('2000/s')) continue;
    test(`${name}: ${bound.kind} ${bound.share}`, () => {
      const { reverted, inTime, reason } = measure(scenario, CANARIES, FROM);
      if (bound.kind === 'reverted-below') assert.ok(reverted <= MOST_FALSE, `${reverted}: ${reason}`);
      else assert.ok(inTime >= CANARIES * 0.9, `${inTime} of ${CANARIES}`);
    });
  }
});

test('a seed tells the same story every time', () => {
  const scenario = SCENARIOS.find(({ name }) => name === '5 % against 10 %')!;
  const once = [7, 8, 9].map((seed) => play(scenario, seed));
  assert.deepEqual(
    [7, 8, 9].map((seed) => play(scenario, seed)),
    once,
  );
  assert.match(
    once[0]!.reason,
    /^green answered 5xx to \d+\.\d % of \d+ requests, blue to \d+\.\d % of \d+; /,
  );
});

test('canaries, the first seed and the scenarios are what the command line says', () => {
  assert.deepEqual(parseOptions([]), { help: false, canaries: 1000, from: 1, only: '' });
  assert.deepEqual(parseOptions(['--canaries', '3', '--from', '0', '--only', 'p95']), {
    help: false,
    canaries: 3,
    from: 0,
    only: 'p95',
  });
  for (const args of [['--canaries', '0'], ['--from', '-1'], ['--only'], ['--seeds', '3']]) {
    assert.throws(() => parseOptions(args), UsageError);
  }
});
