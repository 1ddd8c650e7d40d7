import { performance } from 'node:perf_hooks';
import { UsageError } from './count-option.ts';
import { parseOptions, USAGE } from './options.ts';
import { type Failure, play, replay } from './run.ts';
import { shorten } from './shorten.ts';

const NO_FAULTS = new Set<never>();

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else process.exitCode = simulate(options.from, options.seeds, options.steps);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 64;
}

/** Answers the exit code. */
function simulate(from: number, seeds: number, steps: number): number {
  const begun = performance.now();
  for (let seed = from; seed < from + seeds; seed++) {
    const failure = play(seed, steps);
    if (failure !== null) {
      tell(seed, failure);
      return 1;
    }
    progress(seed - from + 1, seeds, steps);
  }
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(
    `${seeds * steps} steps over ${seeds} seeds from ${from} on, in ${seconds.toFixed(0)} s: no difference, no throw\n`,
  );
  return 0;
}

function progress(done: number, seeds: number, steps: number): void {
  if (process.stdout.isTTY) process.stdout.write(`\r${done}/${seeds} seeds of ${steps} steps `);
  if (process.stdout.isTTY && done === seeds) process.stdout.write('\n');
}

function tell(seed: number, { history, error }: Failure): void {
  process.stdout.write(`\nseed ${seed} fails at step ${history.length}: ${error}\n`);
  process.stdout.write('looking for a shorter history…\n');
  const shortest = shorten(seed, history, NO_FAULTS);
  const again = replay(seed, shortest, NO_FAULTS);
  process.stdout.write(`${shortest.length} steps do:\n`);
  for (const { kind, a, b, c } of shortest) process.stdout.write(`  ${kind} ${a} ${b} ${c}\n`);
  process.stdout.write(`${again?.error ?? 'and, played again, nothing is wrong'}\n`);
}
