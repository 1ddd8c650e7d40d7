/** One sentence: `gorouter.yml:12: drain_wait: expected a duration like "120s", found 12 (number)`. Holds no secret. */
export type ConfigProblem = string;

export interface ProblemPlace {
  /** As the operator named it. */
  readonly file: string;
  /** From 1; null where no line is to blame. */
  readonly line: number | null;
  /** From 1; null where the line says enough. */
  readonly column: number | null;
}

/** @param key dotted path; empty when the problem is the file's */
export function configProblem(place: ProblemPlace, key: string, message: string): ConfigProblem {
  const { file, line, column } = place;
  const where = [file, line, column].filter((part) => part !== null).join(':');
  return [where, key, message].filter((part) => part !== '').join(': ');
}
