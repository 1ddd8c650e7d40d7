import { z } from 'zod';
import { field, integer } from './field.ts';

const MOST = 100;
const expected = `a list of at most ${MOST} GUIDs`;
const guids = z.array(z.string().min(1).max(200)).max(MOST, { message: expected, abort: true });

/** Keys below `cellgate.metrics`. */
export const appMetricsKeys = {
  apps: field(
    guids,
    {
      type: 'list of GUIDs',
      expected,
      meaning:
        'Applications whose figures are in `/metrics`, with those of each instance ([seeing why](seeing.md)); at most 100.',
    },
    [],
  ),
  busiest_apps: integer(
    0,
    MOST,
    'How many others are there, those with the most requests, all instances of each together.',
    20,
  ),
};
