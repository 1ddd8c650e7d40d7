import { z } from 'zod';
import { type Answer, ok, type Problem, problem } from '../../admin/answer.ts';
import type { AdminRequest, AdminRoute } from '../../admin/api.ts';
import { decodeBody } from '../../admin/decode-body.ts';
import type { LineFault } from '../../table/table-line.ts';
import { inTurns } from '../../time/in-turns.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import { ImportLines } from './import-lines.ts';
import type { StaticOutcome, StaticRoutes } from './static-routes.ts';

/** Characters of a table. */
const MOST_TABLE = 2 << 20;
/** Bytes of the body, in which JSON has made some of them two: it is decoded at once. */
const MOST_IMPORT_BYTES = 2 * MOST_TABLE;
/** A week: nothing that an operator says stays for ever because nobody thinks of it. */
const MOST_TTL_SECONDS = 7 * 24 * 3600;

const WANTED = z.strictObject({
  table: z.string('must be text').max(MOST_TABLE, `must have at most ${MOST_TABLE} characters`),
  ttl_seconds: z
    .int('must be whole seconds')
    .min(1, 'must be at least 1')
    .max(MOST_TTL_SECONDS, `must be at most ${MOST_TTL_SECONDS}`),
  dry_run: z.boolean('must be true or false').optional(),
});

export interface ImportRouteOptions {
  /** Null before the start. */
  routes(): Pick<StaticRoutes, 'put'> | null;
  /** Null: no TCP router. */
  readonly tcp: Pick<TcpRoutes, 'refusal'> | null;
  /** Unix milliseconds. */
  now(): number;
}

/** Operators' routes, brought as a table. */
export function importRoute(options: ImportRouteOptions): AdminRoute {
  return {
    method: 'POST',
    path: '/v1/table',
    right: 'operate',
    mostBody: MOST_IMPORT_BYTES,
    handler: (request) => importTable(options, request),
  };
}

async function importTable(options: ImportRouteOptions, { body, caller }: AdminRequest): Promise<Answer> {
  const wanted = decodeBody(WANTED, body);
  if (!wanted.ok) return wanted.problem;
  const { table, ttl_seconds, dry_run = false } = wanted.value;
  const who = caller.kind === 'nobody' ? '' : caller.principal.name;
  const until = Math.floor(options.now()) + ttl_seconds * 1000;
  const lines = new ImportLines({ tcp: options.tcp, who, until });
  await inTurns(lines.read(table));
  if (lines.faults.length > 0) return badLines(lines);
  const { routes, endpoints } = lines;
  if (!dry_run) {
    const outcome = (await options.routes()?.put(routes)) ?? STARTING;
    if (outcome.outcome !== 'ok') return notDecided(outcome);
  }
  const told = { routes: routes.length, endpoints, ttl_seconds, dry_run };
  const answer = ok({ ...told, who, until });
  return answer.kind === 'json' ? { ...answer, told } : answer;
}

const STARTING: StaticOutcome = { outcome: 'away', why: 'the router is still starting' };

function badLines({ faults, isCut }: Pick<ImportLines, 'faults' | 'isCut'>): Problem {
  const [{ line, reason }] = faults as [LineFault];
  const where = line === null ? '' : `line ${line}: `;
  const atLeast = isCut ? 'at least ' : '';
  const more = faults.length === 1 ? '' : `, and ${atLeast}${faults.length - 1} more faults`;
  const hint = `${isCut ? 'these are' : 'every fault is'} under "faults", by its line; nothing has been changed`;
  return { ...problem(400, 'bad-table', `${where}${reason}${more}`, hint), more: { faults } };
}

function notDecided({ outcome, why }: Exclude<StaticOutcome, { outcome: 'ok' }>): Problem {
  if (outcome === 'conflict') return problem(409, 'conflict', why, 'look at the table, and import again');
  const hint = outcome === 'away' ? 'try again' : 'docs/admin.md says where decisions are kept';
  return problem(503, outcome === 'away' ? 'store-away' : 'no-store', why, hint);
}
