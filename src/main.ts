import { parseArguments } from './cli/arguments.ts';
import { calledAs } from './cli/called-as.ts';
import { dispatch } from './cli/dispatch.ts';

const command = parseArguments(calledAs(process.argv0, process.argv.slice(2)));
process.exit(await dispatch(command).catch(unexpected));

/** A fault of our own, told in one line as any other error is. */
function unexpected(error: unknown): number {
  process.stderr.write(`cellgate: unexpected: ${String(error)}\n`);
  return 1;
}
