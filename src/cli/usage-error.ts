import { nearestName } from '../config/nearest-name.ts';

/** A command line that means nothing; `message` is one sentence. */
export interface UsageError {
  readonly kind: 'usage-error';
  readonly message: string;
  /** Default: 1, as gorouter has it. */
  readonly exitCode?: number;
  /** Whose help has more; default: the first. */
  readonly command?: string;
}

/** What sysexits.h has for a wrong command line; the commands that gorouter has not got end with it. */
export const EX_USAGE = 64;

export function usageError(message: string): UsageError {
  return { kind: 'usage-error', message };
}

/** @param what `option` or `command` */
export function unknownName(what: string, name: string, known: Iterable<string>): UsageError {
  const nearest = nearestName(name, known);
  const guess = nearest === null ? '' : ` (did you mean "${nearest}"?)`;
  return usageError(`unknown ${what} "${name}"${guess}`);
}
