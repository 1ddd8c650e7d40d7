import { performance } from 'node:perf_hooks';
import { UsageError } from '../count-option.ts';
import { type Figures, measure } from './measure.ts';
import { parseOptions, USAGE } from './options.ts';
import { type Bound, SCENARIOS, type Scenario } from './scenarios.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else process.exitCode = simulate(options.canaries, options.from, options.only);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 64;
}

/** Answers the exit code. */
function simulate(canaries: number, from: number, only: string): number {
  const begun = performance.now();
  const chosen = SCENARIOS.filter(({ name }) => name.includes(only));
  process.stdout.write(`${canaries} canaries each, seeds ${from} to ${from + canaries - 1}\n\n`);
  process.stdout.write(
    '| scenario | must | reverted | in time | median | p95 | done | by (p95) | held | kept |\n',
  );
  process.stdout.write('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n');
  let broken = 0;
  for (const scenario of chosen) {
    const figures = measure(scenario, canaries, from);
    if (!figures.isKept) broken++;
    process.stdout.write(`${row(scenario, figures)}\n`);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  process.stdout.write(`\n${chosen.length} scenarios in ${seconds} s, ${broken} bounds not kept\n`);
  return broken === 0 && chosen.length > 0 ? 0 : 1;
}

function row({ name, bound }: Scenario, figures: Figures): string {
  const { canaries, reverted, inTime, median, p95, done, doneBy, held, isKept } = figures;
  const percent = (count: number) => `${((100 * count) / canaries).toFixed(1)} %`;
  const cells = [
    name,
    bound === null ? '' : must(bound),
    percent(reverted),
    bound?.kind === 'reverted-within' ? percent(inTime) : '',
    seconds(median),
    seconds(p95),
    percent(done),
    seconds(doneBy),
    percent(held),
    bound === null ? '' : isKept ? 'yes' : 'NO',
  ];
  return `| ${cells.join(' | ')} |`;
}

function seconds(value: number | null): string {
  return value === null ? '' : `${value} s`;
}

function must(bound: Bound): string {
  const share = `${bound.share * 100} %`;
  return bound.kind === 'reverted-below' ? `< ${share} reverted` : `> ${share} within ${bound.seconds} s`;
}
