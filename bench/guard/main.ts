/** `npm run bench:guard`: has cellgate become slower than it was, by comparison with others on the same machine? */
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { CannotStart } from '../cannot-start.ts';
import { contenders } from '../contenders.ts';
import { wrk } from '../load/wrk.ts';
import { parseOptions } from '../options.ts';
import { planRun } from '../plan.ts';
import { machine } from '../report/machine.ts';
import { runStep } from '../run-step.ts';
import type { CostScenario } from '../scenario.ts';
import { entrants } from '../scenarios/lengths.ts';
import { TimeBudget } from '../time-budget.ts';
import { type Change, changeOf, type Decision, decide } from './decide.ts';
import { readRecorded, writeRecorded } from './recorded.ts';
import { join, quietRatios, type Ratios, REFERENCES } from './rounds.ts';

const USAGE = `npm run bench:guard [-- --record]

  --record   what is measured now is what later runs are compared with

Takes less than a minute, and as much again where the first result is bad or none. Exit code 1 when cellgate has become
slower than bench/results/guard.json says.
`;

/** A ratio may be so much worse: compilers, kernels and caches move it by as much. */
const TOLERANCE = 0.1;

/** A second one where the first is bad or says nothing, a third where both happen. */
const ATTEMPTS = 3;
/** What is recorded stands for long. */
const ENOUGH_ROUNDS = 11;
const RECORDING_ATTEMPTS = 8;

const WORDS: Readonly<Record<Decision, string>> = {
  'as good': 'as good as recorded',
  worse: `worse than recorded by more than ${TOLERANCE * 100} %, twice`,
  undecided: 'undecided: too much else went on',
};

const SCENARIO: CostScenario = {
  kind: 'cost',
  name: 'guard',
  title: 'GET over keep-alive connections',
  unit: 'request',
  listener: 'http',
  origin: 'cheapest',
  entrants: entrants('cellgate', ...REFERENCES),
  load: wrk({ connections: 64 }),
  length: { rounds: 13, seconds: 1, warmUp: 3 },
  bounds: [],
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
try {
  const { help, record } = readArguments();
  if (help) process.stdout.write(USAGE);
  else if (record) await recordRatios();
  else process.exitCode = await guard();
  process.exit();
} catch (error) {
  if (!(error instanceof CannotStart)) throw error;
  process.stderr.write(`bench:guard: ${error.message}\n`);
  process.exit(1);
}

function readArguments() {
  try {
    const options = { help: { type: 'boolean' }, record: { type: 'boolean' } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    throw new CannotStart((error as Error).message);
  }
}

/** The exit code. */
async function guard(): Promise<number> {
  const recorded = readRecorded();
  let decision: Decision = 'undecided';
  let ratios: Ratios = {};
  let bad = 0;
  for (let attempt = 1; attempt <= ATTEMPTS && decision !== 'as good' && bad < 2; attempt++) {
    if (attempt > 1) say(`${decision}; once more`);
    const now = await measure();
    // One that was worse is forgotten, one of which too little was left is gone on with.
    ratios = decision === 'undecided' ? join(ratios, now) : now;
    const changes = Object.entries(ratios)
      .filter(([reference]) => recorded.ratios[reference] !== undefined)
      .map(([reference, list]) => changeOf({ reference, recorded: recorded.ratios[reference]!, now: list }));
    for (const change of changes) say(describe(change));
    decision = decide(changes, TOLERANCE);
    if (decision === 'worse') bad++;
  }
  const verdict = decision === 'worse' && bad < 2 ? 'undecided' : decision;
  say(WORDS[verdict]);
  return verdict === 'worse' ? 1 : 0;
}

async function recordRatios(): Promise<void> {
  let ratios: Ratios = {};
  for (let attempt = 1; attempt <= RECORDING_ATTEMPTS; attempt++) {
    ratios = join(ratios, await measure());
    if (Object.values(ratios).every((list) => list.length >= ENOUGH_ROUNDS)) {
      writeRecorded({ machine: machine(), finished: new Date().toISOString(), ratios });
      return;
    }
  }
  throw new CannotStart('too much else went on: there were too few quiet rounds');
}

async function measure(): Promise<Ratios> {
  const [own] = contenders({});
  const [step] = planRun([SCENARIO], own, [], parseOptions([]), Number.POSITIVE_INFINITY);
  if (step!.obstacle !== undefined) throw new CannotStart(step!.obstacle);
  const { rows, missing } = await runStep(step!, TimeBudget.ENDLESS, (line) => say(`guard: ${line}`));
  for (const { name, reason } of missing) {
    if (name === 'cellgate') throw new CannotStart(reason);
    say(`without ${name}: ${reason}`);
  }
  const { ratios, disturbed } = quietRatios(rows);
  if (disturbed > 0) say(`${disturbed} comparisons left out, because something else used the core`);
  return ratios;
}

function describe({ reference, recorded, now, factor, least }: Change): string {
  const change = `${now.toFixed(3)} × ${reference} now, ${recorded.toFixed(3)} × recorded`;
  if (Number.isNaN(least)) return `${change}: too few rounds to tell`;
  return `${change}: a factor of ${factor.toFixed(3)}, in all likelihood at least ${least.toFixed(3)}`;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
