import type { CommandSpec } from '../src/cli/command-spec.ts';

/** What may follow a command as its first word, of its operands `set ROUTE… | clear ROUTE`: `set`, `clear`. */
export function subcommands({ operands }: CommandSpec): string[] {
  return operands
    .split('|')
    .map((alternative) => alternative.replaceAll(/[[\]]/g, '').trim().split(' ')[0]!)
    .filter((word) => /^[a-z][a-z-]*$/.test(word));
}

/** What a value may be, where it is one of few words: of `spill|fail` both. */
export function choices(value: string): string[] {
  const words = value.split('|');
  return words.length > 1 && words.every((word) => /^[a-z-]+$/.test(word)) ? words : [];
}

/** Whether the value is the path of a file, or may be. */
export function isPath(value: string): boolean {
  return /\bFILE\b/.test(value);
}
