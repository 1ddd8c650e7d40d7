import { type Answer, ok, pieces, problem } from '../../admin/answer.ts';
import type { AdminApi, AdminRequest } from '../../admin/api.ts';
import type { AskedRequest } from '../../http/explain/asked-request.ts';
import type { Explanation } from '../../http/explain/explanation.ts';
import type { Registry } from '../../registry/registry.ts';
import { Inquiry } from '../../roll-call/inquiry.ts';
import { type AskedAt, askedJson, readAskedAt } from '../explain/asked-json.ts';
import { debugTokenRoute } from '../explain/debug-token-route.ts';
import { type Deciders, withDeciders } from '../explain/decided-origins.ts';
import { nearestRoutes } from '../explain/nearest-routes.ts';
import { OneByOne } from '../explain/one-by-one.ts';
import { readExplanation } from '../explain/told-explanation.ts';
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
/** Whoever asks while so many wait is not told. */
const MOST_WAITING = 32;
const HINT = 'cellgate explain --help says how a request is written';
/** Every router. */
const ALL = 'all';

/** Says what would become of a request: on this router, another one, or all that share the bus. */
export class ExplainPart implements Part {
  readonly name = 'explain';
  readonly #options: ExplainPartOptions;
  readonly #inquiry: Inquiry<AskedAt, Explained>;
  /** However many ask at once, requests and registrations have their turns in between. */
  readonly #forOperators = new OneByOne(MOST_WAITING);
  /** Apart: whoever may write to the bus keeps no operator waiting. */
  readonly #forPeers = new OneByOne(MOST_WAITING);

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
      readAnswer: (fields) => {
        const explanation = readExplanation(fields['explanation']);
        return explanation === undefined ? null : { explanation };
      },
      answer: async (asked) => ({ explanation: await this.#explainHere(asked, this.#forPeers) }),
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
      return ok({
        routers: [routerJson(id, await this.#explainHere({ ...asked, at: id }, this.#forOperators))],
        silent: [],
      });
    const known = routersMeant(routers(), asked.at);
    if (known.length === 0) {
      return problem(404, 'no-router', `no router ${asked.at} is known`, 'cellgate routers lists them');
    }
    if (asked.at !== ALL && known.length > 1) {
      const detail = `the ids of ${known.length} routers begin with ${asked.at}`;
      return problem(400, 'many-routers', detail, 'give more of it, or ask all of them with --at all');
    }
    const at = asked.at === ALL ? ALL : known[0]!;
    const answers = await this.#inquiry.ask({ ...asked, at }, PATIENCE_MS, known);
    const told = [...answers].filter(([, { explanation }]) => explanation !== null);
    const silent = known.filter((router) => !told.some(([each]) => each === router));
    return pieces(explainedTexts(told, silent));
  }

  async #explainHere({ at, ...asked }: AskedAt, turns: OneByOne): Promise<object | null> {
    const isMeant = at === ALL || at === this.#options.id;
    return isMeant ? turns.take(() => this.#explainNow(asked)) : null;
  }

  async #explainNow(asked: AskedRequest): Promise<object | null> {
    const { threads } = this.#options;
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

/** By an id, or by a part from its beginning. */
function routersMeant(routers: readonly string[], at: string): readonly string[] {
  if (at === ALL) return routers;
  return routers.includes(at) ? [at] : routers.filter((router) => router.startsWith(at));
}

/** Those of a thousand routers come to more than is told at once. */
function* explainedTexts(told: readonly (readonly [string, Explained])[], silent: readonly string[]) {
  let before = '{"routers":[';
  for (const [router, { explanation }] of told) {
    yield `${before}${JSON.stringify(routerJson(router, explanation))}`;
    before = ',';
  }
  yield `${told.length === 0 ? before : ''}],"silent":${JSON.stringify(silent)}}\n`;
}

function routerJson(id: string, explanation: object | null): object {
  return { id, explanation };
}
