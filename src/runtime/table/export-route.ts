import { type Answer, pieces, problem } from '../../admin/answer.ts';
import type { AdminRoute } from '../../admin/api.ts';
import type { AnySource } from '../../snapshot/table-source.ts';
import { tableText } from '../../snapshot/table-text.ts';

/** Each remembers who was in the table when it began, for as long as its reader takes. */
const MOST_AT_ONCE = 4;

export interface ExportRouteOptions {
  sources(): readonly AnySource[];
  /** Unix milliseconds. */
  now(): number;
}

/** The tables as they are, in the format of a snapshot. */
export function exportRoute({ sources, now }: ExportRouteOptions): AdminRoute {
  let underWay = 0;
  function* counted(): Generator<string> {
    underWay++;
    try {
      yield* tableText(sources(), Math.floor(now()));
    } finally {
      underWay--;
    }
  }
  return {
    method: 'GET',
    path: '/v1/table',
    right: 'read',
    handler: (): Answer => {
      if (underWay < MOST_AT_ONCE) return pieces(counted(), 'text/plain; charset=utf-8');
      return problem(
        503,
        'busy',
        `${underWay} others read the table already`,
        'try again when they are done',
      );
    },
  };
}
