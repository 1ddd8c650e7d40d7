/** A command line that cannot be run; the message is one sentence. */
export class UsageError extends Error {}

/** What an option counts. @throws UsageError naming it where it is no whole number within these bounds */
export function count(
  name: string,
  text: string | undefined,
  otherwise: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new UsageError(`${name}: "${text}" is not a whole number from ${least} to ${most}`);
  }
  return value;
}
