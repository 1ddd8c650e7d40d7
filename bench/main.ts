import { constants } from 'node:os';
import { CannotStart } from './cannot-start.ts';
import { contenders } from './contenders.ts';
import { isWhole, type Options, parseOptions, USAGE } from './options.ts';
import { planRun, type Step, stepSeconds } from './plan.ts';
import { describeSeconds, TimeLeft } from './progress.ts';
import { descriptorLimit } from './reliability/process-state.ts';
import { machine } from './report/machine.ts';
import type { Result } from './report/report.ts';
import { renderResult } from './report/table.ts';
import { writePartial, writeResults } from './report/write.ts';
import { runStep } from './run-step.ts';
import { SCENARIOS } from './scenarios.ts';
import { TimeBudget } from './time-budget.ts';

/** Within two minutes, with what it takes to end. */
const QUICK_MILLISECONDS = 115_000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else if (options.list) list();
  else await bench(options);
  process.exit();
} catch (error) {
  if (!(error instanceof CannotStart)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(1);
}

function list(): void {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
  for (const { name, title } of SCENARIOS) process.stdout.write(`${name.padEnd(width)}  ${title}\n`);
}

async function bench(options: Options): Promise<void> {
  const [own, guests] = contenders(process.env);
  const steps = planRun(SCENARIOS, own, guests, options, descriptorLimit());
  if (steps.length === 0) throw new CannotStart('none of these scenarios is in the quick run');
  sayWhatIsMissing(steps);
  const results = await runAll(steps, budgetOf(options));
  if (isWhole(options)) writeResults(results);
  else writePartial(results);
}

function budgetOf({ quick, rounds, seconds }: Options): TimeBudget {
  const isBound = quick && rounds === undefined && seconds === undefined;
  return isBound
    ? new TimeBudget(performance.now() + QUICK_MILLISECONDS, () => performance.now())
    : TimeBudget.ENDLESS;
}

async function runAll(steps: readonly Step[], budget: TimeBudget): Promise<Result[]> {
  const possible = steps.filter(({ obstacle }) => obstacle === undefined);
  let planned = possible.reduce((sum, step) => sum + stepSeconds(step), 0);
  const time = new TimeLeft(planned, performance.now());
  const results: Result[] = [];
  for (const [index, step] of possible.entries()) {
    const { name, title } = step.scenario;
    const where = `${index + 1}/${possible.length} ${name}`;
    let left = stepSeconds(step);
    const share = budget.shareOf(left, planned);
    planned -= left;
    const advance = (seconds: number) => {
      time.advance(Math.min(left, seconds));
      left -= Math.min(left, seconds);
    };
    try {
      const outcome = await runStep(step, share, (line, done) => {
        advance(done);
        const seconds = Math.min(time.seconds(performance.now()), budget.left);
        say(`${where}: ${line} (${describeSeconds(seconds)} left)`);
      });
      const finished = new Date().toISOString();
      const result = { name, title, machine: machine(), finished, ...outcome };
      results.push(result);
      process.stdout.write(`${renderResult(result)}\n`);
    } catch (error) {
      if (!(error instanceof CannotStart)) throw error;
      say(`${where}: ${error.message}`);
      process.exitCode = 1;
    }
    advance(left);
  }
  return results;
}

function sayWhatIsMissing(steps: readonly Step[]): void {
  const absences = new Map(
    steps.flatMap(({ missing }) => missing.map(({ name, reason }) => [name, reason] as const)),
  );
  for (const [name, reason] of absences) say(`without ${name}: ${reason}`);
  for (const { scenario, obstacle } of steps) {
    if (obstacle !== undefined) say(`without the scenario ${scenario.name}: ${obstacle}`);
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
