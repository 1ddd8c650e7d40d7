import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { isOver } from '../../src/cutover/advance.ts';
import { type Course, EXIT_CODES, type Step } from '../../src/cutover/course.ts';
import { WHOLE } from '../../src/cutover/plan.ts';
import { BEFORE, HAPPENINGS, happen, named, type Place, start } from './walk.ts';

const SETTINGS = (['hold', 'promote', 'revert'] as const).map((onQuiet) => ({ onQuiet }));
const ALL_PHASES = [
  'preflight',
  'probe',
  'ramp',
  'judge',
  'soak',
  'held operator',
  'held routers',
  'held quiet',
  'reverting',
  'done',
  'reverted',
  'not-begun',
  'refused',
];

function phaseName({ phase }: Course): string {
  return phase.name === 'held' ? `held ${phase.why}` : phase.name;
}

/** What makes a difference to what can happen next, times as far as something depends on them. */
function fingerprint({ course, at }: Place): string {
  const { phase, weights, missing, routers, evidence, settledAt } = course;
  const ago = (since: number) => [10_000, 60_000].filter((ms) => at - since >= ms).length;
  return JSON.stringify([
    phaseName(course),
    phase.name === 'held' ? phase.in : ago(phase.since),
    weights.to,
    routers.length,
    Object.values(missing).map(ago).toSorted(),
    evidence.bad,
    settledAt === null,
  ]);
}

/** What has to hold whatever happens. */
function check(before: Place, name: string, { place, step }: { place: Place; step: Step }): void {
  const [was, is] = [before.course, place.course];
  const where = `${phaseName(was)} at ${was.weights.to}, then ${name}`;
  const sets = step.commands.filter(({ kind }) => kind === 'set');
  const ends = step.commands.filter((command) => command.kind === 'end');
  if (isOver(was.phase)) {
    assert.equal(is, was, where);
    assert.ok(
      step.commands.every(({ kind }) => kind === 'note'),
      where,
    );
    return;
  }
  // Weights change by command alone, one at a time, and every command has a revision of its own.
  assert.ok(sets.length <= 1, where);
  assert.equal(is.revision, was.revision + sets.length, where);
  if (sets.length === 0) assert.deepEqual(is.weights, was.weights, where);
  else assert.deepEqual(sets, [{ kind: 'set', weights: is.weights, revision: is.revision }], where);
  assert.equal(is.weights.from + is.weights.to, WHOLE, where);
  // Up only where somebody has said so, down only to where it began.
  if (is.weights.to > was.weights.to) assert.ok(mayRaise(was, name), where);
  if (is.weights.to < was.weights.to) assert.ok(['reverting', 'reverted'].includes(is.phase.name), where);
  if (['preflight', 'probe', 'reverting', 'reverted', 'not-begun', 'refused'].includes(is.phase.name)) {
    assert.deepEqual(is.weights, BEFORE, where);
  }
  if (is.phase.name === 'done' || is.phase.name === 'soak') assert.equal(is.weights.to, WHOLE, where);
  if (was.phase.name === 'reverting') assert.ok(['reverting', 'reverted'].includes(is.phase.name), where);
  // Whoever waits is told the end once.
  const isHeldNow = phaseName(is) === 'held quiet' && phaseName(was) !== 'held quiet';
  assert.equal(ends.length, isOver(is.phase) || isHeldNow ? 1 : 0, where);
  if (isOver(is.phase)) assert.equal(ends[0]!.outcome, is.phase.name, where);
  // Who is waited for is there, and nobody is waited for in vain.
  for (const router of Object.keys(is.missing)) assert.ok(is.routers.includes(router), where);
  if (is.phase.name === 'ramp' || is.phase.name === 'reverting') assert.notDeepEqual(is.missing, {}, where);
  if (is.phase.name === 'judge' || is.phase.name === 'soak') assert.notEqual(is.settledAt, null, where);
}

function mayRaise({ phase, plan }: Course, name: string): boolean {
  if (name === 'promote') return true;
  if (name === 'probe passed') return phase.name === 'probe';
  if (phase.name !== 'judge') return false;
  return name === 'good' || (plan.onQuiet === 'promote' && (name === 'few' || name.endsWith(' s')));
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

/** Every place that can be reached, as far as it makes a difference. */
function everywhere(settings: (typeof SETTINGS)[number]): Place[] {
  const found = [frozen(start(settings))];
  const known = new Set(found.map(fingerprint));
  for (const place of found) {
    for (const happening of HAPPENINGS) {
      const next = happen(place, happening).place;
      const mark = fingerprint(next);
      if (known.has(mark)) continue;
      known.add(mark);
      found.push(frozen(next));
    }
  }
  return found;
}

for (const settings of SETTINGS) {
  describe(`--on-quiet ${settings.onQuiet}`, () => {
    const places = everywhere(settings);

    test('whatever happens in whatever phase, weights, revisions, ends and who is waited for are as they must be', () => {
      const met = new Set<string>();
      for (const place of places) {
        for (const happening of HAPPENINGS) {
          check(place, happening.name, happen(place, happening));
          met.add(`${phaseName(place.course)}: ${happening.name}`);
        }
      }
      const phases = ALL_PHASES.filter((phase) => settings.onQuiet === 'hold' || phase !== 'held quiet');
      const all = phases.flatMap((phase) => HAPPENINGS.map(({ name }) => `${phase}: ${name}`));
      assert.deepEqual([...met].toSorted(), all.toSorted());
    });

    test('from wherever it is, an abort leads back to the weights from before, also where routers are silent', () => {
      for (const place of places) {
        if (isOver(place.course.phase)) continue;
        let now = happen(place, named('abort')).place;
        for (let minutes = 0; minutes < 2; minutes++) now = happen(now, named('60 s')).place;
        assert.ok(['reverted', 'not-begun'].includes(now.course.phase.name), phaseName(now.course));
        assert.deepEqual(now.course.weights, BEFORE);
      }
    });

    test('wherever it is, another router can read it and go on', () => {
      for (const { course } of places) assert.deepEqual(JSON.parse(JSON.stringify(course)), course);
    });

    test('from wherever it is, time alone leads to an end, or to a hold that a person ends', () => {
      for (const place of places) {
        let now = place;
        for (let minutes = 0; minutes < 20; minutes++) now = happen(now, named('60 s')).place;
        const { phase } = now.course;
        const waitsForPerson = phase.name === 'held' && phase.why !== 'routers';
        assert.ok(isOver(phase) || waitsForPerson, phaseName(now.course));
      }
    });
  });
}

test('nothing that must hold breaks over long histories either', () => {
  const history = fc.array(fc.constantFrom(...HAPPENINGS), { minLength: 20, maxLength: 120 });
  fc.assert(
    fc.property(fc.constantFrom(...SETTINGS), history, (settings, happenings) => {
      let place = happen(start(settings), named('preflight passed')).place;
      place = happen(place, named('probe passed')).place;
      for (const happening of happenings) {
        const next = happen(place, happening);
        check(place, happening.name, next);
        place = next.place;
      }
    }),
    { numRuns: 500 },
  );
});

/** Plays what is named, and answers the last step. */
function played(...names: readonly string[]): Step {
  let place = start();
  let step: Step = { course: place.course, commands: [] };
  for (const name of names) ({ place, step } = happen(place, named(name)));
  return step;
}

const RAMP = ['preflight passed', 'probe passed'];
const JUDGE = [...RAMP, 'r1', 'r2'];
const STEP = ['good', 'good', 'good', 'good'];
const SOAK = [...JUDGE, ...STEP, 'r1', 'r2', ...STEP, 'r1', 'r2'];

describe('a cutover', () => {
  test('goes up by the plan, waits for every router, and is done after the soak', () => {
    assert.deepEqual(played(...RAMP).course.weights, { from: 9900, to: 100 });
    assert.equal(played(...RAMP, 'r1').course.phase.name, 'ramp');
    assert.equal(played(...JUDGE).course.phase.name, 'judge');
    assert.deepEqual(played(...JUDGE, ...STEP).course.weights, { from: 9000, to: 1000 });
    assert.equal(played(...SOAK).course.phase.name, 'soak');
    const { course, commands } = played(...SOAK, ...STEP);
    assert.equal(course.phase.name, 'done');
    assert.deepEqual(
      commands.map((command) => command.kind === 'end' && EXIT_CODES[command.outcome]),
      [0],
    );
  });

  test('goes back after three bad windows, and says why', () => {
    const { course, commands } = played(...JUDGE, 'bad', 'bad', 'bad');
    assert.deepEqual(course.weights, BEFORE);
    assert.deepEqual(commands, [
      {
        kind: 'note',
        text: 'going back: green answered 5xx to 24.0 % of 3000 requests, blue to 0.1 % of 27000; three such windows revert',
      },
      { kind: 'set', weights: BEFORE, revision: 2 },
    ]);
    assert.equal(played(...JUDGE, 'bad', 'bad', 'bad', 'r1', 'r2').course.phase.name, 'reverted');
  });

  test('goes back after one window worse than a quarter, also while weights change, and out of a hold', () => {
    for (const until of [
      [...JUDGE, 'quarter'],
      [...RAMP, 'mixed quarter'],
      [...JUDGE, 'pause', 'quarter'],
      [...SOAK, 'quarter'],
    ]) {
      assert.equal(played(...until).course.phase.name, 'reverting', until.join(', '));
    }
  });

  test('needs a whole step’s time after a bad window before it goes on', () => {
    assert.equal(played(...JUDGE, 'bad', 'good', 'good', 'good').course.weights.to, 100);
    assert.equal(played(...JUDGE, 'bad', ...STEP).course.weights.to, 1000);
  });

  test('does not take windows in which the weights changed for the verdict', () => {
    assert.equal(played(...JUDGE, 'mixed good').course.evidence.looks, 0);
    assert.equal(played(...JUDGE, 'good').course.evidence.looks, 1);
  });

  test('is held where a router is silent for 10 s, goes on when it answers, and back after 60 s, by its name', () => {
    const held = played(...RAMP, 'r1', '11 s');
    assert.equal(phaseName(held.course), 'held routers');
    assert.deepEqual(held.commands, [{ kind: 'note', text: 'held: no answer from r2 for 10 s' }]);
    assert.equal(played(...RAMP, 'r1', '11 s', 'r2').course.phase.name, 'judge');
    const back = played(...RAMP, 'r1', '11 s', '60 s');
    assert.equal(back.course.phase.name, 'reverting');
    assert.deepEqual(back.commands[0], { kind: 'note', text: 'going back: no answer from r2 for 60 s' });
    const end = played(...RAMP, 'r1', '11 s', '60 s', 'r1', '60 s');
    assert.deepEqual(end.commands, [
      { kind: 'end', outcome: 'reverted', text: 'no answer from r2 for 60 s; no answer from r2' },
    ]);
  });

  test('waits for a router that joins, and no longer for one that says goodbye', () => {
    assert.equal(played(...RAMP, 'r3 joined', 'r1', 'r2').course.phase.name, 'ramp');
    assert.equal(played(...RAMP, 'r3 joined', 'r1', 'r2', 'r3').course.phase.name, 'judge');
    assert.equal(played(...RAMP, 'r1', 'r2 left').course.phase.name, 'judge');
    assert.equal(phaseName(played(...JUDGE, 'r3 joined', '11 s').course), 'held routers');
    assert.equal(played(...RAMP, 'r1 left', 'r2 left').course.phase.name, 'judge');
  });

  test('is held in silence, which whoever waits is told, and goes on when it is resumed', () => {
    const few = ['few', 'few', 'few', 'few'];
    const { course, commands } = played(...JUDGE, ...few);
    assert.equal(phaseName(course), 'held quiet');
    assert.deepEqual(commands, [
      { kind: 'end', outcome: 'held', text: 'green had 4 requests in 60 s, a verdict takes 50' },
    ]);
    assert.equal(EXIT_CODES.held, 3);
    assert.equal(played(...JUDGE, ...few, 'resume').course.phase.name, 'judge');
    assert.equal(played(...JUDGE, ...few, 'resume', ...STEP).course.weights.to, 1000);
  });

  test('is not begun where the probe fails, and refused where the preflight does', () => {
    const failed = played('preflight passed', 'probe failed');
    assert.deepEqual(failed.commands, [{ kind: 'end', outcome: 'not-begun', text: 'green answered 503' }]);
    assert.equal(EXIT_CODES['not-begun'], 2);
    assert.equal(failed.course.revision, 0);
    assert.equal(played('preflight failed').course.phase.name, 'refused');
    assert.equal(EXIT_CODES.refused, 1);
  });

  test('does what operators say: all at once, done, or back', () => {
    assert.deepEqual(played(...JUDGE, 'promote').course.weights, { from: 0, to: WHOLE });
    assert.equal(played(...SOAK, 'promote').course.phase.name, 'done');
    assert.deepEqual(played(...JUDGE, 'abort').course.weights, BEFORE);
    assert.equal(EXIT_CODES.reverted, 2);
    const late = played(...JUDGE, 'abort', 'promote');
    assert.deepEqual(late.commands, [{ kind: 'note', text: 'too late to promote: it is going back' }]);
  });

  test('fits into a decision with all that it knows', () => {
    const { course } = played(...JUDGE, ...STEP, 'r1', 'r2', ...STEP, 'r1', 'r2', 'good', 'few');
    assert.ok(JSON.stringify(course).length < 32 * 1024, `${JSON.stringify(course).length}`);
  });
});
