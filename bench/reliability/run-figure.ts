import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CannotStart } from '../cannot-start.ts';
import type { Outcome, Site } from './figure.ts';
import type { Measured } from './figure-process.ts';

const SCRIPT = fileURLToPath(new URL('./figure-process.ts', import.meta.url));

/**
 * Measures a figure in a process of its own, behind which nothing is left. `prefix`: what to run it with.
 * @throws CannotStart when there is no outcome
 */
export async function runFigure(
  id: string,
  { scale, seconds }: Pick<Site, 'scale' | 'seconds'>,
  prefix: readonly string[],
): Promise<Outcome> {
  const [command = process.execPath, ...args] = [...prefix, process.execPath];
  const child = spawn(command, [...args, SCRIPT, id, String(scale), String(seconds)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let measured: Measured = { cannotStart: `measuring ${id} ended without a result` };
  child.on('message', (message) => {
    measured = message as Measured;
  });
  await once(child, 'close');
  if ('cannotStart' in measured) throw new CannotStart(measured.cannotStart);
  return measured;
}
