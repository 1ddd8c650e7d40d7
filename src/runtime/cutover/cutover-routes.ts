import { randomUUID } from 'node:crypto';
import { type Answer, list as listOf, ok, problem } from '../../admin/answer.ts';
import type { AdminRequest, AdminRoute } from '../../admin/api.ts';
import { changedMeanwhile, revisionTag } from '../../admin/if-match.ts';
import { advance, isOver } from '../../cutover/advance.ts';
import { decisionAnswer, nameOf } from '../splits/decision-answer.ts';
import { splitFor as readSplitFor } from '../splits/split-decisions.ts';
import { readSplitRoute, routeFault } from '../splits/split-route.ts';
import type { ArmReport } from './arm-report.ts';
import { instancesOf } from './arm-watch.ts';
import { firstRecord, isNoCutover, readOrder } from './cutover-order.ts';
import { noted } from './cutover-record.ts';
import { splitFor } from './cutover-split.ts';
import { armsJson, historyJson, statusJson } from './cutover-status.ts';
import type { Cutovers } from './cutovers.ts';
import type { WithRecord } from './known-cutover.ts';

export interface CutoverRoutesOptions {
  readonly cutovers: Cutovers;
  /** All that the roll-call knows, this one among them. */
  routers(): readonly string[];
  /** Unix milliseconds. */
  now(): number;
}

type Order = 'pause' | 'resume' | 'promote' | 'abort';

const ORDERS: readonly Order[] = ['pause', 'resume', 'promote', 'abort'];
const HINT = 'cellgate cutover --help says how a cutover is written';
const LOOK = 'cellgate cutover status';
/** Of an order, while whoever drives goes on. */
const MOST_TRIES = 5;
const TOO_FAST = 'the cutover went on each time when it was to be told';

/** What can be asked of cutovers: `/v1/cutovers`, `/v1/cutovers/{route}` and what is below. */
export function cutoverRoutes({ cutovers, routers, now }: CutoverRoutesOptions): AdminRoute[] {
  const list = (): Answer =>
    listOf('cutovers', cutovers.memory.all(), ({ record, revision }) => statusJson(record, revision));

  const show = async ({ parameters }: AdminRequest): Promise<Answer> => {
    const known = knownIn(parameters);
    if (known === null) return none(parameters);
    const { record, revision } = known;
    const arms = armsJson(await cutovers.askArms(record));
    return ok({ ...statusJson(record, revision), arms }, { ETag: revisionTag(revision) });
  };

  const history = ({ parameters }: AdminRequest): Answer => {
    const known = knownIn(parameters);
    return known === null
      ? none(parameters)
      : ok(historyJson(known.record, known.revision), { ETag: revisionTag(known.revision) });
  };

  const begin = async ({ body, caller }: AdminRequest): Promise<Answer> => {
    const order = readOrder(body);
    if (typeof order === 'string') return problem(400, 'bad-cutover', order, HINT);
    const named = readSplitRoute(order.route);
    if (named === null) {
      return problem(400, 'bad-cutover', `route: found ${JSON.stringify(order.route.slice(0, 60))}`, HINT);
    }
    const wrong = routeFault(named, order.route);
    if (wrong !== null) return problem(400, 'bad-cutover', wrong, HINT);
    const route = named.text;
    const before = cutovers.memory.of(route);
    if (before?.record != null && !isOver(before.record.course.phase)) {
      const { by, course } = before.record;
      const why = `a cutover of ${route}${by === '' ? '' : ` by ${by}`} is under way (${course.phase.name})`;
      return problem(409, 'cutover-under-way', why, `see it with ${LOOK} ${route}`);
    }
    const record = firstRecord(order, {
      route,
      found: cutovers.memory.splitOf(route)?.value ?? null,
      before: before?.record ?? null,
      routers: routers(),
      id: randomUUID(),
      by: nameOf(caller),
      now: now(),
    });
    if (isNoCutover(record)) {
      return record.kind === 'wrong'
        ? problem(400, 'bad-cutover', record.why, HINT)
        : problem(409, 'not-now', record.why, `see how it is shared out with cellgate split show ${route}`);
    }
    const split = readSplitFor(named, splitFor(record.found, route, record, record.course.weights));
    if (!split.ok) return problem(400, 'bad-cutover', split.error, HINT);
    const outcome = await cutovers.write(record, record.by, before?.revision ?? 0);
    if (outcome.outcome !== 'ok') return decisionAnswer(outcome, route, LOOK);
    await cutovers.drive(route);
    const begun = cutovers.memory.of(route);
    return ok(statusJson(begun?.record ?? record, begun?.revision ?? outcome.revision));
  };

  const give =
    (kind: Order) =>
    async ({ parameters, caller, ifMatch }: AdminRequest): Promise<Answer> => {
      const found = knownIn(parameters);
      if (found === null) return none(parameters);
      const isStranded = kind === 'abort' && isEmpty(await cutovers.askArms(found.record));
      for (let tries = 1; ; tries++) {
        const answer = await giveOnce(kind, isStranded, { parameters, caller, ifMatch });
        if (answer !== null) return answer;
        if (tries === MOST_TRIES) return problem(409, 'conflict', TOO_FAST, 'try again');
      }
    };

  /** Null: the driver was faster with its next step, which is known now. */
  const giveOnce = async (
    kind: Order,
    isStranded: boolean,
    { parameters, caller, ifMatch }: Pick<AdminRequest, 'parameters' | 'caller' | 'ifMatch'>,
  ): Promise<Answer | null> => {
    const known = knownIn(parameters);
    if (known === null) return none(parameters);
    const { record, revision } = known;
    const stale = changedMeanwhile(ifMatch, revision, record.route);
    if (stale !== null) return stale;
    const by = nameOf(caller);
    const order = { kind, by: by || 'an operator', at: now(), isStranded };
    const { course, commands } = advance(record.course, order);
    const notes = commands.flatMap((each) =>
      each.kind === 'note' || each.kind === 'end' ? [{ at: now(), text: each.text }] : [],
    );
    if (course === record.course) {
      const why = notes[0]?.text ?? `nothing to ${kind}`;
      return problem(409, 'not-now', `${record.route}: ${why}`, `see it with ${LOOK} ${record.route}`);
    }
    const outcome = await cutovers.write(noted({ ...record, course }, notes), by, revision);
    // It may have been heard of while the order was on its way.
    const isNews =
      outcome.outcome === 'conflict' &&
      (cutovers.memory.catchUp(outcome.current) || knownIn(parameters)?.revision !== revision);
    if (isNews) return null;
    if (outcome.outcome !== 'ok') return decisionAnswer(outcome, record.route, LOOK);
    const after = cutovers.memory.of(record.route);
    return ok(statusJson(after?.record ?? record, after?.revision ?? revision));
  };

  const knownIn = (parameters: AdminRequest['parameters']): WithRecord | null => {
    const known = cutovers.memory.of(routeIn(parameters));
    return known?.record == null ? null : { ...known, record: known.record };
  };

  return [
    { method: 'GET', path: '/v1/cutovers', right: 'read', handler: list },
    { method: 'POST', path: '/v1/cutovers', right: 'operate', handler: begin },
    { method: 'GET', path: '/v1/cutovers/{route}', right: 'read', handler: show },
    { method: 'GET', path: '/v1/cutovers/{route}/history', right: 'read', handler: history },
    ...ORDERS.map((kind): AdminRoute => {
      const path = `/v1/cutovers/{route}/${kind}`;
      return { method: 'POST', path, right: 'operate', handler: give(kind) };
    }),
  ];
}

/** As decisions name it; what is no route has had no cutover either. */
function routeIn(parameters: AdminRequest['parameters']): string {
  const written = parameters['route']!;
  return readSplitRoute(written)?.text ?? written;
}

/** Whether no router has an endpoint of the replaced arm. */
function isEmpty(reports: ReadonlyMap<string, ArmReport>): boolean {
  return reports.values().every((report) => instancesOf(report).from === 0);
}

function none(parameters: AdminRequest['parameters']): Answer {
  const route = routeIn(parameters);
  return problem(404, 'no-cutover', `${route} has had no cutover`, 'cellgate cutover begins one');
}
