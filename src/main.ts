import { parseArguments } from './cli/arguments.ts';
import { dispatch } from './cli/dispatch.ts';

process.exit(await dispatch(parseArguments(process.argv.slice(2))).catch(unexpected));

/** A fault of our own, told in one line as any other error is. */
function unexpected(error: unknown): number {
  process.stderr.write(`cellgate: unexpected: ${String(error)}\n`);
  return 1;
}
