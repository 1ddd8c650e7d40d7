import { capacity } from '../../cutover/capacity.ts';
import { WHOLE } from '../../cutover/plan.ts';
import { namesText } from '../../cutover/wording.ts';
import type { ArmReport } from './arm-report.ts';
import { instancesOf } from './arm-watch.ts';
import type { CutoverRecord } from './cutover-record.ts';

/** Who is there, when a cutover is to begin. */
export interface Fleet {
  /** By router: what it says of the replaced arm and of the new one. */
  readonly reports: ReadonlyMap<string, ArmReport>;
  /** All that the roll-call knows, this one among them. */
  readonly routers: readonly string[];
  /** Routers on this bus that do not answer the roll-call. */
  readonly gorouters: readonly string[];
}

type Wish = Pick<CutoverRecord, 'route' | 'from' | 'to' | 'expectRouters' | 'maxLoadFactor'>;

/** Why a cutover may not begin, in one sentence; null: it may. */
export function preflight(wish: Wish, { reports, routers, gorouters }: Fleet): string | null {
  const { route, from, to, expectRouters, maxLoadFactor } = wish;
  if (gorouters.length > 0) {
    return `${listed(gorouters)} on this bus: not a router that knows splits, it would go on as before`;
  }
  const silent = routers.filter((id) => !reports.has(id));
  if (silent.length > 0) return `${listed(silent)} did not answer: every router has to follow`;
  if (expectRouters !== null && expectRouters !== reports.size) {
    return `${expectRouters} routers were expected, ${reports.size} answered: ${namesText([...reports.keys()])}`;
  }
  for (const [id, report] of reports) {
    const instances = instancesOf(report);
    if (instances.to === 0)
      return `${id} has no endpoint of ${to} for ${route}: map it first, and wait with cellgate wait-route`;
    if (instances.from === 0)
      return `${id} has no endpoint of ${from} for ${route}: there is nothing to replace`;
    const most = capacity([instances], maxLoadFactor);
    if (most < WHOLE) {
      const all = instances.from + instances.to;
      return `${to} has ${instances.to} of ${all} endpoints on ${id}, enough for ${most / 100} % of the requests: start more of it (or allow more with --max-load-factor)`;
    }
  }
  return null;
}

function listed(ids: readonly string[]): string {
  return `${ids.length === 1 ? 'router' : 'routers'} ${namesText(ids)}`;
}
