import { stringify } from 'yaml';
import { effectiveFile } from '../config/effective.ts';
import { readConfig } from '../config/read.ts';

interface Output {
  /** Text that ends with a newline. */
  out(text: string): void;
  /** One sentence. */
  error(sentence: string): void;
}

/** Says what is wrong with a configuration, or what it means; the exit code. */
export function check(configFile: string | null, { out, error }: Output): number {
  const read = readConfig(configFile);
  if (!read.ok) {
    for (const problem of read.problems) error(`Error loading config: ${problem}`);
    return 1;
  }
  for (const warning of read.warnings) error(`warning: ${warning}`);
  out(stringify(effectiveFile(read.config), { lineWidth: 0 }));
  return 0;
}
