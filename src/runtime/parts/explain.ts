import { type Answer, ok, problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest } from '../../admin/api.ts';
import type { Explanation } from '../../http/explain/explanation.ts';
import type { Registry } from '../../registry/registry.ts';
import { Inquiry } from '../../roll-call/inquiry.ts';
import { type AskedAt, askedJson, readAskedAt } from '../explain/asked-json.ts';
import { debugTokenRoute } from '../explain/debug-token-route.ts';
import { type Deciders, withDeciders } from '../explain/decided-origins.ts';
import { nearestRoutes } from '../explain/nearest-routes.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';

export interface ExplainPartOptions {
  /** Of this router, as in the roll-call. */
  readonly id: string;
  readonly bus: BusPart;
  readonly registry: Registry;
  readonly threads: Pick<ProxyThreads, 'explain'>;
  readonly api: AdminApi;
  /** All that the roll-call knows, this one among them. */
  routers(): readonly string[];
  readonly deciders: Deciders;
  /** `cellgate.debug_key` as it is now. */
  debugKey(): string;
}

interface Explained {
  /** Null: another router was asked, or this one cannot say. */
  readonly explanation: object | null;
}

const PATIENCE_MS = 3000;
const LONGEST = 256 * 1024;
const HINT = 'cellgate explain --help says how a request is written';
/** Every router. */
const ALL = 'all';

/** Says what would become of a request: on this router, another one, or all that share the bus. */
export class ExplainPart implements Part {
  readonly name = 'explain';
  readonly #options: ExplainPartOptions;
  readonly #inquiry: Inquiry<AskedAt, Explained>;

  constructor(options: ExplainPartOptions) {
    this.#options = options;
    this.#inquiry = new Inquiry({
      id: options.id,
      name: 'explain',
      longest: LONGEST,
      readQuestion: (fields) => {
        const asked = readAskedAt(fields);
        return typeof asked === 'string' ? null : asked;
      },
      readAnswer: ({ explanation }) =>
        typeof explanation === 'object' && !Array.isArray(explanation) ? { explanation } : null,
      answer: async (asked) => ({ explanation: await this.#explainHere(asked) }),
      ask: askedJson,
    });
    options.api.add(
      debugTokenRoute(() => options.debugKey()),
      { method: 'POST', path: '/v1/explain', right: 'read', handler: (request) => this.#explain(request) },
    );
  }

  start(): void {
    this.#options.bus.whenFound((client) => this.#inquiry.connect(client));
  }

  stop(): void {
    this.#inquiry.stop();
  }

  async #explain({ body }: AdminRequest): Promise<Answer> {
    const asked = readAskedAt(body);
    if (typeof asked === 'string') return problem(400, 'bad-request', asked, HINT);
    const { id, routers } = this.#options;
    const here = asked.at === '' || asked.at === id;
    if (here)
      return ok({ routers: [routerJson(id, await this.#explainHere({ ...asked, at: id }))], silent: [] });
    const known = routers().filter((router) => asked.at === ALL || router.startsWith(asked.at));
    if (known.length === 0) {
      return problem(404, 'no-router', `no router ${asked.at} is known`, 'cellgate routers lists them');
    }
    const at = asked.at === ALL ? ALL : known[0]!;
    const answers = await this.#inquiry.ask({ ...asked, at }, PATIENCE_MS, known);
    const told = [...answers].filter(([, { explanation }]) => explanation !== null);
    return ok({
      routers: told.map(([router, { explanation }]) => routerJson(router, explanation)),
      silent: known.filter((router) => !told.some(([each]) => each === router)),
    });
  }

  async #explainHere({ at, ...asked }: AskedAt): Promise<object | null> {
    const { id, threads } = this.#options;
    if (at !== ALL && at !== id) return null;
    const explanation = await threads.explain(asked);
    if (explanation === null) return null;
    const { registry, deciders } = this.#options;
    const decided = withDeciders(explanation, registry.view, deciders);
    return { ...explanation, ...decided, nearest: await this.#nearest(explanation) };
  }

  /** What might have been meant where there is no route. */
  #nearest({ route, answer, request }: Explanation): Promise<string[]> | string[] {
    if (route !== null || answer?.status !== 404) return [];
    return nearestRoutes(this.#options.registry.view, request.host);
  }
}

function routerJson(id: string, explanation: object | null): object {
  return { id, explanation };
}
