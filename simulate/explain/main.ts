import { performance } from 'node:perf_hooks';
import { UsageError } from '../count-option.ts';
import { compare, scenarioText } from './compare.ts';
import { parseOptions, USAGE } from './options.ts';

/** Of all pairs together: what is rarer is no chance. */
const LEAST = 0.001;

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else process.exitCode = simulate(options.pairs, options.from);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 64;
}

/** Answers the exit code. */
function simulate(pairs: number, from: number): number {
  const begun = performance.now();
  for (let seed = from; seed < from + pairs; seed++) {
    const found = compare(seed, LEAST / pairs);
    if (found !== null) {
      process.stdout.write(`seed ${seed}: ${found}\n${scenarioText(seed)}\n`);
      return 1;
    }
    if (process.stdout.isTTY) process.stdout.write(`\r${seed - from + 1}/${pairs} `);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  process.stdout.write(`${pairs} tables and requests from seed ${from} on, in ${seconds} s: no difference\n`);
  return 0;
}
