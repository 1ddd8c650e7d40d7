import { performance } from 'node:perf_hooks';
import { type Answer, ok, problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest } from '../../admin/api.ts';
import { sumOfErrors } from '../../http/account/router-errors.ts';
import { routeKey } from '../../routing/route-key.ts';
import type { CounterName } from '../../telemetry/counters.ts';
import { systemTime } from '../../time/wall-clock.ts';
import { readErrorsQuery, readSessionsQuery } from '../show/asked-view.ts';
import { errorJson, sessionJson, threadJson } from '../show/thread-json.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { Part } from './part.ts';

export interface ThreadViewsPartOptions {
  readonly api: AdminApi;
  readonly threads: Pick<ProxyThreads, 'crew' | 'look'>;
  /** The sum over all threads. */
  count(name: CounterName): number;
  /** Other routers, which are not asked. */
  others(): readonly string[];
}

/** Errors in one answer. */
const MOST_ERRORS = 200;
const HINT = 'cellgate show --help says what can be asked for';

/** What proxy threads say of themselves when somebody asks: how they fare, what they have under way, what they answered. */
export class ThreadViewsPart implements Part {
  readonly name = 'thread views';
  readonly #options: ThreadViewsPartOptions;

  constructor(options: ThreadViewsPartOptions) {
    this.#options = options;
    options.api.add(
      { method: 'GET', path: '/v1/threads', right: 'read', handler: () => this.#threads() },
      { method: 'GET', path: '/v1/errors', right: 'read', handler: (request) => this.#errors(request) },
      { method: 'GET', path: '/v1/sessions', right: 'debug', handler: (request) => this.#sessions(request) },
    );
  }

  async #threads(): Promise<Answer> {
    const { threads, count } = this.#options;
    const states = new Map((await threads.look({ of: 'state' })).map(({ thread, seen }) => [thread, seen]));
    const now = performance.now();
    const listed = threads.crew.map((member) => threadJson(member, states.get(member.thread) ?? null, now));
    return ok({ threads: listed, replaced: count('threads_replaced'), stuck: count('threads_stuck') });
  }

  async #errors({ query }: AdminRequest): Promise<Answer> {
    const asked = readErrorsQuery(query);
    if (typeof asked === 'string') return problem(400, 'bad-query', asked, HINT);
    const { minutes } = asked;
    const wanted = asked.route === '' ? '' : routeKey(asked.route);
    const { threads, others } = this.#options;
    const answers = await threads.look({ of: 'errors', minutes });
    const errors = sumOfErrors(answers.flatMap(({ seen }) => seen)).filter(
      ({ route }) => wanted === '' || route === wanted,
    );
    return ok({
      since: new Date(Math.floor(systemTime() / 60_000 - minutes) * 60_000).toISOString(),
      errors: errors.slice(0, MOST_ERRORS).map(errorJson),
      not_asked: others(),
    });
  }

  async #sessions({ query }: AdminRequest): Promise<Answer> {
    const asked = readSessionsQuery(query);
    if (typeof asked === 'string') return problem(400, 'bad-query', asked, HINT);
    const { older_seconds: seconds, route, app, limit: most } = asked;
    const { threads, others } = this.#options;
    const wanted = route === '' || route.startsWith('tcp:') ? route : routeKey(route);
    const look = { of: 'sessions', older: seconds * 1000, most, route: wanted, app } as const;
    const answers = await threads.look(look);
    const now = systemTime();
    const sessions = answers
      .flatMap(({ thread, seen }) => seen.sessions.map((session) => ({ thread, session })))
      .toSorted((a, b) => b.session.age - a.session.age)
      .slice(0, most)
      .map(({ thread, session }) => sessionJson(session, thread, now));
    const all = answers.reduce((sum, { seen }) => sum + seen.all, 0);
    return ok({ sessions, all, not_asked: others() });
  }
}
