import type { Endpoint } from '../../routing/endpoint.ts';
import type { Pool } from '../../routing/pool.ts';
import { selectorText } from '../../routing/selector.ts';
import { keyText } from '../../routing/split.ts';
import { ThreadCounters } from '../../telemetry/counters.ts';
import { SILENT } from '../../telemetry/silent-log.ts';
import { Account } from '../account/account.ts';
import type { Downstream } from '../downstream.ts';
import { Decision } from '../exchange/decision.ts';
import { EndpointChoice } from '../exchange/endpoint-choice.ts';
import type { ExchangeParts } from '../exchange/exchange-parts.ts';
import { nobody } from '../exchange/nobody.ts';
import { type ClientFacts, clientFacts } from '../policy/client-facts.ts';
import { isHealthCheck } from '../policy/health-check.ts';
import { readPin } from '../policy/instance-pin.ts';
import { stickyWish } from '../policy/sticky.ts';
import { type AskedRequest, type ReadRequest, readAsked } from './asked-request.ts';
import type { ExplainedAnswer, ExplainedEndpoint, Explanation } from './explanation.ts';
import { algorithmOrigin, limitsOf } from './limits.ts';
import { oddsOf } from './odds.ts';

/** Endpoints that are told of. */
const MOST_TOLD = 100;

/** Says what would become of a request, by the functions that decide it, and changes nothing. */
export class Explainer {
  readonly #parts: ExchangeParts;
  readonly #random: () => number;

  /** @param random uniform in [0, 1) */
  constructor(parts: ExchangeParts, random: () => number = Math.random) {
    this.#random = random;
    this.#parts = muted(parts);
  }

  explain(asked: AskedRequest): Explanation {
    const { context } = this.#parts;
    context.readClock();
    const said = { method: asked.method, host: asked.host, path: asked.target };
    const read = readAsked(asked, context.settings.requestHead);
    if ('status' in read) {
      return {
        ...NOTHING,
        request: said,
        answer: { status: read.status, routerError: read.name, why: read.detail },
      };
    }
    const { head, request } = read;
    if (isHealthCheck(head, request, context.settings.healthcheckUserAgent)) {
      return { ...NOTHING, request: said, answer: HEALTH_CHECK };
    }
    const client = this.#clientOf(asked);
    const { pool, error, account, tried, service } = this.#decide(read, client);
    const told = { ...NOTHING, request: said, tried, rule: account.routePolicy, service };
    if (pool === null) return { ...told, answer: error };
    return { ...told, ...this.#choose(pool, read, client, error, service !== '') };
  }

  #clientOf({ clientIp, tls, serverName }: AskedRequest): ClientFacts {
    const who = {
      ip: clientIp,
      port: 0,
      scheme: tls ? ('https' as const) : ('http' as const),
      certificate: null,
      serverName,
      domain: '',
    };
    return clientFacts(who, this.#parts.context.settings);
  }

  #decide(read: ReadRequest, client: ClientFacts) {
    const { routes } = this.#parts.destinations;
    const { head, request, upgradeTo } = read;
    const tried: { key: string; found: boolean }[] = [];
    const looked = (key: string, row: number): void => void tried.push({ key, found: row >= 0 });
    const route =
      request.lookupName === '' ? null : routes.match(request.lookupName, request.path, { looked });
    const account = new Account();
    account.open(this.#parts.context.now, '');
    // All that a decision looks at.
    const downstream = { client, head, request, upgradeTo } as unknown as Downstream;
    const choice = new EndpointChoice(this.#parts.context, this.#parts.destinations);
    const decision = new Decision(this.#parts, choice, downstream);
    const made = decision.make(downstream, account);
    const service = decision.redirection?.authority ?? '';
    const pool = made === null || route !== null ? (made === null ? decision.pool : route) : null;
    const answer = made === null ? null : answerOf(made.status, made.routerError, made.message);
    decision.end();
    choice.end();
    return { pool, error: answer, account, tried, service };
  }

  #choose(
    pool: Pool,
    read: ReadRequest,
    client: ClientFacts,
    error: ExplainedAnswer | null,
    isDetour: boolean,
  ): Partial<Explanation> {
    const { context } = this.#parts;
    const { head, request } = read;
    const { settings } = pool;
    const odds = error === null ? oddsOf(this.#parts, pool, read, client, isDetour, this.#random) : NO_ODDS;
    const endpoints = pool.endpoints.map((endpoint) =>
      this.#describe(pool, endpoint, odds.get(endpoint) ?? 0),
    );
    const pin = readPin(head, request);
    const wish = stickyWish(head, context.settings.sticky);
    return {
      route: settings.routeKey,
      answer: error ?? (odds.size === 0 ? this.#nobody(pool, read, client, isDetour) : null),
      pin:
        pin === null || 'status' in pin
          ? ''
          : `${pin.kind} ${pin.guid}${pin.index === '' ? '' : `:${pin.index}`}`,
      session: wish?.instance ?? '',
      algorithm: settings.loadBalancing,
      algorithmFrom: algorithmOrigin(context.settings, pool),
      split: isDetour ? null : splitOf(pool, endpoints),
      endpoints: endpoints.toSorted((a, b) => b.odds - a.odds).slice(0, MOST_TOLD),
      more: Math.max(0, endpoints.length - MOST_TOLD),
      limits: limitsOf(context.settings, pool, odds, isDetour),
    };
  }

  #describe(pool: Pool, endpoint: Endpoint, odds: number): ExplainedEndpoint {
    const { cells } = this.#parts.destinations;
    const { seat } = endpoint.backend;
    const arm = pool.arms?.armOf(endpoint) ?? null;
    const order = pool.orderOf(endpoint);
    const isFailed = cells.isFailed(seat, Math.floor(this.#parts.context.now / 1000));
    return {
      address: endpoint.address,
      instance: endpoint.instanceId,
      app: endpoint.appId,
      zone: endpoint.availabilityZone,
      arm: arm?.tally.arm ?? '',
      state:
        order === 'hold'
          ? 'held'
          : order === 'drain'
            ? 'draining'
            : pool.arms !== null && (arm === null || arm.weight === 0)
              ? 'no weight'
              : isFailed
                ? 'failed'
                : cells.isFull(seat)
                  ? 'full'
                  : 'ready',
      inFlight: cells.inFlight(seat),
      odds,
    };
  }

  #nobody(
    pool: Pool,
    { head, request }: ReadRequest,
    client: ClientFacts,
    isDetour: boolean,
  ): ExplainedAnswer {
    const choice = new EndpointChoice(this.#parts.context, this.#parts.destinations);
    choice.begin(pool, { head, request, client }, isDetour);
    const { status, routerError, message } = nobody(this.#parts, choice, request, new Account());
    choice.end();
    return answerOf(status, routerError, message);
  }
}

const NO_ODDS: ReadonlyMap<Endpoint, number> = new Map();
const HEALTH_CHECK: ExplainedAnswer = {
  status: 200,
  routerError: '',
  why: 'It is a health check by its User-Agent: the router answers it itself.',
};

const NOTHING: Omit<Explanation, 'request'> = {
  tried: [],
  route: null,
  answer: null,
  rule: '',
  service: '',
  pin: '',
  session: '',
  algorithm: '',
  algorithmFrom: null,
  split: null,
  endpoints: [],
  more: 0,
  limits: [],
};

function answerOf(status: number, routerError: string, why: string): ExplainedAnswer {
  return { status, routerError, why };
}

function splitOf(
  { settings: { split } }: Pool,
  endpoints: readonly ExplainedEndpoint[],
): Explanation['split'] {
  if (split === null) return null;
  const arms = split.arms.map(({ selector, weight }) => {
    const arm = selectorText(selector);
    const own = endpoints.filter((endpoint) => endpoint.arm === arm);
    return { arm, weight, endpoints: own.length, odds: own.reduce((sum, { odds }) => sum + odds, 0) };
  });
  return { key: keyText(split.key), arms };
}

/** What is asked of it leaves no trace: not in what is counted, nor in the log. */
function muted(parts: ExchangeParts): ExchangeParts {
  const context = Object.create(parts.context, {
    counters: { value: new ThreadCounters(ThreadCounters.allocate(1), 0) },
    log: { value: SILENT },
  }) as ExchangeParts['context'];
  const ledger = { noteLookup() {} } as unknown as ExchangeParts['ledger'];
  return { ...parts, context, ledger };
}
