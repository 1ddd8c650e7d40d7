import { basename } from 'node:path';

/** Programs whose place the one file takes, and the command that does what each of them does. */
const COMMANDS: ReadonlyMap<string, string> = new Map([
  ['cf-tcp-router', 'tcp'],
  ['route-registrar', 'agent'],
]);

/**
 * The arguments as they would be for `cellgate`, for a program that was called by another's name, by a link to it. As
 * `gorouter` it is what it is as `cellgate`. @param program as it was called, a path or a name
 */
export function calledAs(program: string, argv: readonly string[]): readonly string[] {
  const command = COMMANDS.get(basename(program));
  return command === undefined ? argv : [command, ...argv];
}
