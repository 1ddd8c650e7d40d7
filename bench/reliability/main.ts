import { constants } from 'node:os';
import { CannotStart } from '../cannot-start.ts';
import { machine } from '../report/machine.ts';
import { writeDocument } from './document.ts';
import { type Figure, toldVerdict, verdictOfAll } from './figure.ts';
import { FIGURES } from './figures.ts';
import { renderCheck } from './markdown.ts';
import { ownNetwork } from './network.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { keepResult } from './results.ts';
import { runFigure } from './run-figure.ts';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else process.exitCode = await measure(options);
} catch (error) {
  if (!(error instanceof CannotStart)) throw error;
  process.stderr.write(`reliability: ${error.message}\n`);
  process.exitCode = 1;
}

/** The exit code: 1 when a bound was missed. */
async function measure({ ids, scale, seconds }: Options): Promise<number> {
  const chosen = choose(ids);
  const prefix = ownNetwork();
  let missed = 0;
  for (const { id, what } of chosen) {
    const outcome = await runFigure(id, { scale, seconds }, prefix);
    const notes = prefix.length > 0 ? outcome.notes : [...outcome.notes, NO_NETWORK];
    const verdict = verdictOfAll(outcome.checks);
    if (verdict === 'missed') missed++;
    const checks = outcome.checks.map((check) => renderCheck(check, scale));
    const lines = [`${id} ${what}: ${toldVerdict(verdict, scale)}`, ...checks, ...notes];
    process.stdout.write(`${lines.join('\n  ')}\n`);
    if (scale < 1) continue;
    writeDocument(
      keepResult({ id, what, machine: machine(), finished: new Date().toISOString(), ...outcome, notes }),
    );
  }
  return missed > 0 ? 1 : 0;
}

const NO_NETWORK = 'Measured with the network settings of the machine.';

/** @throws CannotStart naming one that there is not */
function choose(ids: readonly string[]): readonly Figure[] {
  for (const id of ids) {
    if (FIGURES.some((figure) => figure.id === id)) continue;
    throw new CannotStart(
      `there is no figure "${id}", only ${FIGURES.map((figure) => figure.id).join(', ')}`,
    );
  }
  return ids.length === 0 ? FIGURES : FIGURES.filter(({ id }) => ids.includes(id));
}
