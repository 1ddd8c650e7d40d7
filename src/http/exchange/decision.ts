import { Pool } from '../../routing/pool.ts';
import { type RoutePolicy, sameRoutePolicy } from '../../routing/route-policy.ts';
import { REFUSED_MESSAGES, REJECTED_REQUESTS } from '../../telemetry/counters.ts';
import { wallTime } from '../../time/wall-clock.ts';
import type { Account } from '../account/account.ts';
import type { Downstream } from '../downstream.ts';
import type { OwnLines } from '../message/own-lines.ts';
import { ABSENT } from '../message/request.ts';
import type { ClientCertForwarding, Teller } from '../policy/client-certificate.ts';
import { exceeds } from '../policy/header-size.ts';
import { pinRefusal } from '../policy/instance-pin.ts';
import type { Redirection } from '../policy/request-lines.ts';
import { FORWARDING_LOOP, HEADERS_TOO_LARGE, type RouterError } from '../policy/router-error.ts';
import { clientCertOf, describeClient } from './describe.ts';
import type { EndpointChoice } from './endpoint-choice.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { routeOf } from './route-of.ts';
import { redirectionTo } from './route-services.ts';

/** Characters of X-Forwarded-For: some two hundred addresses, which only a loop collects. */
const LONGEST_WAY = 4096;

/** Who says what is said of the client of a request that goes this way. */
const TELLERS = {
  direct: 'connection',
  detour: 'connection',
  out: 'router',
  unknown: 'unknown',
  returned: 'service',
} as const;

/**
 * Whether the request of an exchange goes on, to the endpoints of which pool, and as what. Looked at in this order: the
 * route, who asks, the size, the route service, the loop, the instance. Reused from request to request.
 */
export class Decision {
  readonly #parts: ExchangeParts;
  readonly #choice: EndpointChoice;
  #pool: Pool | null = null;
  /** What was decided on, and its rules at that moment. */
  #route: Pool | null = null;
  #policy: RoutePolicy | null = null;
  #serviceUrl = '';
  /** Of the route service. */
  #serviceHost = '';
  /** Whether the request is sent to a route service, or has come back from one. */
  signed = false;
  #teller: Teller = 'connection';
  /** Set on the way to a route service. */
  redirection: Redirection | null = null;
  clientCert: ClientCertForwarding;
  /** See `Forwarding`. */
  forwardedLines: OwnLines | null = null;

  constructor(parts: ExchangeParts, choice: EndpointChoice, { client }: Downstream) {
    this.#parts = parts;
    this.#choice = choice;
    this.clientCert = client.certificate;
  }

  /** Once it is decided that the request goes on. */
  get pool(): Pool {
    return this.#pool!;
  }

  /** That the request was for; null: none was found, or it is over. */
  get route(): Pool | null {
    return this.#route;
  }

  /** Whether it would still be made so: the route's rules may have changed, and those of a route that is reached in passing. */
  get stands(): boolean {
    const { routePolicy, routeServiceUrl } = this.#route!.settings;
    if (routeServiceUrl !== this.#serviceUrl || !sameRoutePolicy(routePolicy, this.#policy)) return false;
    return (
      this.redirection === null || this.#parts.destinations.services.isOpen(this.pool, this.#serviceHost)
    );
  }

  /** What the request is answered instead; `null`: it goes on, and the choice has begun. */
  make(downstream: Downstream, account: Account): RouterError | null {
    this.signed = false;
    this.#teller = 'connection';
    this.redirection = null;
    const route = routeOf(downstream, this.#parts, account);
    if (!(route instanceof Pool)) return route;
    if (exceeds(downstream.head, this.#parts.context.settings.headerBounds)) {
      return this.#refuseSize(route, account);
    }
    this.#pool = route;
    this.#route = route;
    const { routePolicy, routeServiceUrl } = route.settings;
    this.#policy = routePolicy;
    this.#serviceUrl = routeServiceUrl;
    if (routeServiceUrl !== '' || downstream.request.proxySignature !== ABSENT) {
      const refusal = this.#askService(route, downstream);
      if (refusal !== null) return refusal;
    }
    this.#describe(downstream, account);
    return this.#loopFault(account) ?? this.#beginChoice(downstream);
  }

  /** The exchange is over. */
  end(): void {
    if (this.redirection !== null && this.#pool !== null) this.#parts.destinations.services.leave(this.#pool);
    this.redirection = null;
    this.#pool = null;
    this.#route = null;
    this.#policy = null;
  }

  /** By way of the route service, when there is one. */
  #askService(route: Pool, { head, request, upgradeTo }: Downstream): RouterError | null {
    const { context, destinations } = this.#parts;
    const { services } = destinations;
    const passage = services.passage(head, request, route, upgradeTo !== null, wallTime(context.now));
    if (passage.kind === 'refused') return { ...passage, cacheControl: '' };
    this.#teller = TELLERS[passage.kind];
    this.signed = passage.kind === 'detour' || passage.kind === 'returned';
    if (passage.kind === 'detour') {
      // The service gets no instance to choose from: who asks for one that is not there is told so before.
      const refusal = pinRefusal(route, head, request);
      if (refusal !== null) {
        context.counters.add(REJECTED_REQUESTS);
        return refusal;
      }
      this.#pool = services.enter(passage);
      this.redirection = redirectionTo(passage);
      this.#serviceHost = passage.service.host;
    }
    return null;
  }

  #describe(downstream: Downstream, account: Account): void {
    const { settings } = this.#parts.context;
    this.clientCert = clientCertOf(downstream, this.#teller);
    this.forwardedLines = describeClient(downstream, settings, account, this.#teller);
  }

  /** Requests that come back to where they have been are not sent round once more. */
  #loopFault({ forwardedFor }: Account): RouterError | null {
    return forwardedFor.length > LONGEST_WAY ? FORWARDING_LOOP : null;
  }

  /** Why the instance that the request names cannot have it; `null` when one can. */
  #beginChoice(downstream: Downstream): RouterError | null {
    const error = this.#choice.begin(this.pool, downstream, this.redirection !== null);
    if (error !== null) this.#parts.context.counters.add(REJECTED_REQUESTS);
    return error;
  }

  /** An endpoint is chosen all the same, so that its application finds the request in its log. */
  #refuseSize(route: Pool, account: Account): RouterError {
    const { context, backends } = this.#parts;
    const endpoint = this.#choice.peek(route);
    if (endpoint !== null) account.texts = backends.textsOf(endpoint);
    context.counters.add(REFUSED_MESSAGES);
    return HEADERS_TOO_LARGE;
  }
}
