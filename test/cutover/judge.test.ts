import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { type Evidence, NO_EVIDENCE, remember } from '../../src/cutover/evidence.ts';
import { judge } from '../../src/cutover/judge.ts';
import type { Rules, Verdict } from '../../src/cutover/verdict.ts';
import { type ArmWindow, NOTHING } from '../../src/cutover/window.ts';
import { armWindow } from './arm-window.ts';

const RULES: Rules = {
  names: { from: 'blue', to: 'green' },
  minRequests: 50,
  quietMs: 300_000,
  weights: 5,
  planned: 4,
};

interface Judged {
  readonly evidence: Evidence;
  readonly verdicts: readonly Verdict[];
}

/** Windows of 15 s, one after the other. */
function judgeAll(
  windows: readonly (readonly [from: ArmWindow, to: ArmWindow])[],
  before = NO_EVIDENCE,
): Judged {
  let evidence = before;
  const verdicts = windows.map(([from, to]) => {
    const alone = from === NOTHING;
    const judgement = judge(evidence, { sides: { from, to }, ms: 15_000, alone }, RULES);
    evidence = judgement.evidence;
    return judgement.verdict;
  });
  return { evidence, verdicts };
}

function kinds({ verdicts }: Judged): string[] {
  return verdicts.map(({ kind }) => kind);
}

const blue = armWindow({ requests: 2000, failed: 8, p95: 200, inFlight: 20 });
const sound = armWindow({ requests: 100, p95: 200, inFlight: 1 });

describe('an arm that fails more', () => {
  const failing = armWindow({ requests: 100, failed: 8, p95: 200 });

  test('is bad twice and goes the third time, in so many words', () => {
    const { verdicts } = judgeAll([
      [blue, failing],
      [blue, failing],
      [blue, failing],
    ]);
    assert.deepEqual(verdicts, [
      {
        kind: 'bad',
        sentence:
          'green answered 5xx to 8.0 % of 100 requests, blue to 0.4 % of 2000; three such windows revert, this is the first',
      },
      {
        kind: 'bad',
        sentence:
          'green answered 5xx to 8.0 % of 200 requests, blue to 0.4 % of 4000; three such windows revert, this is the second',
      },
      {
        kind: 'worse',
        sentence:
          'green answered 5xx to 8.0 % of 300 requests, blue to 0.4 % of 6000; three such windows revert',
      },
    ]);
  });

  test('is told from one that does not answer, and from one that does both', () => {
    const silent = armWindow({ requests: 100, gateway: 9 });
    assert.match(
      judgeAll([[armWindow({ requests: 2000 }), silent]]).verdicts[0]!.sentence,
      /^green did not answer 9\.0 % of 100 requests, blue 0\.0 % of 2000;/,
    );
    assert.match(
      judgeAll([[blue, armWindow({ requests: 100, gateway: 9, failed: 3 })]]).verdicts[0]!.sentence,
      /^green failed 12\.0 % of 100 requests, blue 0\.4 % of 2000;/,
    );
  });

  test('is not bad for less than a percentage point, however sure that is', () => {
    const many = (failed: number) => armWindow({ requests: 1_000_000, failed });
    assert.deepEqual(kinds(judgeAll([[many(4000), many(13_000)]])), ['good']);
    assert.deepEqual(kinds(judgeAll([[many(4000), many(15_000)]])), ['bad']);
  });

  test('is not bad again for what it did before', () => {
    assert.deepEqual(
      kinds(
        judgeAll([
          [blue, armWindow({ requests: 100, failed: 20, p95: 200 })],
          [blue, sound],
          [blue, sound],
          [blue, sound],
        ]),
      ),
      ['bad', 'good', 'good', 'good'],
    );
  });

  test('is found soon after a long time that was good', () => {
    const long = judgeAll(new Array(200).fill([blue, sound]));
    const found = judgeAll(new Array(6).fill([blue, failing]), long.evidence);
    assert.equal(kinds(found).at(-1), 'worse');
  });

  test('is neither blamed nor trusted for what comes in bursts to the other one too', () => {
    const bursts = [0, 0, 300, 0, 0, 250, 0].map((failed) => armWindow({ requests: 2000, failed, p95: 200 }));
    const known = bursts.reduce(remember, NO_EVIDENCE);
    const burst = armWindow({ requests: 100, failed: 12, p95: 200 });
    const calm = armWindow({ requests: 2000, p95: 200 });
    assert.deepEqual(judgeAll([[calm, burst]], known).verdicts, [
      {
        kind: 'unclear',
        sentence:
          'green answered 5xx to 12.0 % of 100 requests, blue to 0.0 % of 2000; blue has such windows too',
      },
    ]);
    assert.deepEqual(kinds(judgeAll([[calm, burst]])), ['bad']);
  });
});

describe('worse than a quarter', () => {
  test('is enough by itself, from twenty requests on', () => {
    const { verdicts } = judgeAll([[blue, armWindow({ requests: 20, failed: 8, gateway: 2 })]]);
    assert.deepEqual(verdicts, [
      {
        kind: 'worse-than-a-quarter',
        sentence:
          'green failed 50.0 % of 20 requests, blue 0.4 % of 2000: more than a quarter reverts at once',
      },
    ]);
    assert.deepEqual(kinds(judgeAll([[blue, armWindow({ requests: 19, failed: 19 })]])), ['too-few']);
  });

  test('is added up over windows with few requests each', () => {
    const few = armWindow({ requests: 7, failed: 6 });
    assert.deepEqual(
      kinds(
        judgeAll([
          [blue, few],
          [blue, few],
          [blue, few],
        ]),
      ),
      ['too-few', 'too-few', 'worse-than-a-quarter'],
    );
  });

  test('is nothing to blame it for where the other one does the same', () => {
    const down = (requests: number) => armWindow({ requests, failed: Math.round(requests * 0.7) });
    const { verdicts } = judgeAll([[down(2000), down(100)]]);
    assert.equal(verdicts[0]!.kind, 'unclear');
    assert.equal(
      verdicts[0]!.sentence,
      'green failed 70.0 % of 100 requests, but blue 70.0 % of 2000: nobody can say which is at fault',
    );
  });

  test('is seen whatever the other one has been through', () => {
    const failing = armWindow({ requests: 100, failed: 60, p95: 200 });
    const following = (...failed: number[]) => {
      const known = failed.map((of) => armWindow({ requests: 2000, failed: of, p95: 200 }));
      return kinds(judgeAll(new Array(3).fill([blue, failing]), known.reduce(remember, NO_EVIDENCE)));
    };
    assert.equal(following(0, 0, 1800, 0)[0], 'worse-than-a-quarter');
    const afterBursts = following(0, 480, 0, 480, 0);
    assert.ok(!afterBursts.includes('good'), `${afterBursts}`);
    assert.match(afterBursts.at(-1)!, /^worse/);
  });

  test('is no reason to hold an arm that does better', () => {
    assert.deepEqual(kinds(judgeAll([[armWindow({ requests: 2000, failed: 1400, p95: 200 }), sound]])), [
      'good',
    ]);
  });
});

describe('an arm that is slower', () => {
  const slow = armWindow({ requests: 100, p95: 450, inFlight: 3 });

  test('is bad twice and goes the third time, in so many words', () => {
    const judged = judgeAll(new Array(3).fill([blue, slow]));
    assert.deepEqual(kinds(judged), ['bad', 'bad', 'worse']);
    assert.match(
      judged.verdicts[0]!.sentence,
      /^green's p95 is 4\d\d ms over 100 requests, blue's 20\d ms over 2000; three such windows revert, this is the first$/,
    );
  });

  test('is not bad for less than 50 ms', () => {
    const fast = (p95: number, requests: number) => armWindow({ requests, p95 });
    assert.deepEqual(kinds(judgeAll([[fast(20, 20_000), fast(60, 20_000)]])), ['good']);
    assert.deepEqual(kinds(judgeAll([[fast(20, 20_000), fast(90, 20_000)]])), ['bad']);
  });
});

test('an arm that hangs is bad by what is under way, though nothing of it ever ends', () => {
  const hanging = (inFlight: number) => armWindow({ requests: 0, begun: 100, inFlight });
  const { verdicts } = judgeAll([
    [blue, hanging(100)],
    [blue, hanging(200)],
    [blue, hanging(300)],
  ]);
  assert.deepEqual(
    verdicts.map(({ kind }) => kind),
    ['bad', 'bad', 'worse'],
  );
  assert.equal(
    verdicts[2]!.sentence,
    'green has 300 requests under way and 100 that began, blue 20 and 2000; three such windows revert',
  );
});

test('too few requests wait for more, and are silence after a while', () => {
  const few = armWindow({ requests: 2 });
  const judged = judgeAll(new Array(20).fill([blue, few]));
  assert.deepEqual(kinds(judged), [...new Array(19).fill('too-few'), 'quiet']);
  assert.equal(judged.verdicts[0]!.sentence, 'green had 2 requests so far, a verdict takes 50');
  assert.equal(judged.verdicts[19]!.sentence, 'green had 40 requests in 5 min, a verdict takes 50');
});

describe('an arm that has everything', () => {
  const known = new Array<ArmWindow>(4).fill(blue).reduce(remember, NO_EVIDENCE);

  test('is held against what the other one did before, and has to be further off', () => {
    const all = (failed: number) => armWindow({ requests: 2000, failed, p95: 200 });
    assert.deepEqual(kinds(judgeAll([[NOTHING, all(40)]], known)), ['good']);
    assert.deepEqual(kinds(judgeAll(new Array(3).fill([NOTHING, all(60)]), known)), ['bad', 'bad', 'worse']);
  });

  test('is found where it hangs', () => {
    const hanging = armWindow({ requests: 0, begun: 2000, inFlight: 2000 });
    assert.deepEqual(kinds(judgeAll([[NOTHING, hanging]], known)), ['bad']);
  });

  test('is held against nothing but a quarter where nobody knows what was before', () => {
    const all = (failed: number) => armWindow({ requests: 2000, failed });
    assert.deepEqual(kinds(judgeAll([[NOTHING, all(400)]])), ['good']);
    assert.deepEqual(kinds(judgeAll([[NOTHING, all(600)]])), ['worse-than-a-quarter']);
  });
});

test('whatever the windows are, there is a verdict with a sentence, and evidence that survives being written down', () => {
  const size = fc.integer({ min: 0, max: 3000 });
  const window = fc
    .record({ requests: size, failed: size, gateway: size, inFlight: size, p95: size })
    .map(({ requests, failed, gateway, ...rest }) =>
      armWindow({
        requests,
        failed: Math.min(failed, requests),
        gateway: Math.min(gateway, requests - Math.min(failed, requests)),
        ...rest,
      }),
    );
  const sides = fc.tuple(fc.oneof(window, fc.constant(NOTHING)), window);
  fc.assert(
    fc.property(fc.array(sides, { maxLength: 12 }), (windows) => {
      const { evidence, verdicts } = judgeAll(windows);
      for (const { sentence } of verdicts) assert.doesNotMatch(sentence, /NaN|undefined|Infinity/);
      assert.deepEqual(JSON.parse(JSON.stringify(evidence)), evidence);
    }),
  );
});
