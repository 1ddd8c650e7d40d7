import { MOST_WEIGHT, readSplit, type Split } from './split.ts';

/**
 * The split that gives a route to the application that has it, and nothing to what comes; null: its name is none that a
 * selector could have. @param id see `Split`
 */
export function holdFor(app: string, id: string): Split | null {
  const arms = [
    { selector: `app:${app}`, weight: MOST_WEIGHT },
    { selector: 'rest', weight: 0 },
  ];
  const read = readSplit({ arms }, id);
  return read.ok ? read.split : null;
}
