/** Measures one figure and sends what came out to the process that started it. Usage: figure-process.ts ID SCALE SECONDS */
import { Bed } from '../bed.ts';
import { CannotStart } from '../cannot-start.ts';
import type { Outcome } from './figure.ts';
import { FIGURES } from './figures.ts';

/** Why there is no outcome, in one sentence, or the outcome. */
export type Measured = Outcome | { readonly cannotStart: string };

const [id, scale, seconds] = process.argv.slice(2);
const figure = FIGURES.find((candidate) => candidate.id === id)!;
for (const end of ['disconnect', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(end, () => process.exit());
process.send!(await measure(), () => process.exit());

async function measure(): Promise<Measured> {
  try {
    const say = (line: string) => process.stderr.write(`${figure.id}: ${line}\n`);
    return await figure.run({ bed: new Bed(), scale: Number(scale), seconds: Number(seconds), say });
  } catch (error) {
    if (error instanceof CannotStart) return { cannotStart: error.message };
    throw error;
  }
}
