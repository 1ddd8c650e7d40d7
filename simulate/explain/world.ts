import type { Random } from '../../fuzz/random.ts';
import { overlay } from '../../src/config/defaults.ts';
import { parseConfig } from '../../src/config/read.ts';
import { Explainer } from '../../src/http/explain/explainer.ts';
import { HttpProxy } from '../../src/http/proxy/http-proxy.ts';
import type { HttpSettings } from '../../src/http/settings.ts';
import { EndpointCells } from '../../src/routing/endpoint-cells.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { slotOf } from '../../src/routing/seat.ts';
import { httpSettings } from '../../src/runtime/settings/http-settings.ts';
import { ThreadCounters } from '../../src/telemetry/counters.ts';
import { SILENT } from '../../src/telemetry/silent-log.ts';
import { endpointOf, poolSettingsOf } from '../../test/support/endpoint.ts';
import { PlainFeed } from '../../test/support/plain-change.ts';
import { MOST_AWAITED, type Scenario } from './scenario.ts';

const SLOTS = 64;
/** Far off, so that no mark ends meanwhile. */
const FAILED_FOR_SECONDS = 1_000_000;

/** The engine of a proxy thread with a scenario's table, its endpoints as they are to be, and nobody that comes or goes. */
export class World {
  readonly proxy: HttpProxy;
  readonly explainer: Explainer;
  readonly cells: EndpointCells;
  /** Seats of those that are marked as failed. */
  readonly #failed: number[] = [];

  constructor(scenario: Scenario, random: Random) {
    const settings = settingsOf(scenario);
    const feed = new PlainFeed();
    this.cells = new EndpointCells(new EndpointMemory(1, SLOTS).buffers, 0, MOST_AWAITED);
    const parts = {
      settings,
      cells: this.cells,
      records: feed.records.reader,
      counters: new ThreadCounters(ThreadCounters.allocate(1), 0),
      accessLog: { write() {}, reopen() {}, close: async () => {} },
      log: SILENT,
      health: { isHealthy: true },
      prune() {},
    };
    this.proxy = new HttpProxy(parts);
    const { context, destinations, backends, ledger } = this.proxy;
    const requestIds = { next: () => '' } as never;
    const exchange = { context, destinations, backends, ledger, requestIds, health: parts.health };
    this.explainer = new Explainer(exchange, () => random.below(2 ** 32) / 2 ** 32);
    this.#fill(scenario, feed);
  }

  /** A balancer that finds all failed clears that, for whoever comes next. */
  markAgain(): void {
    const second = Math.floor(this.proxy.context.now / 1000) + FAILED_FOR_SECONDS;
    for (const seat of this.#failed) this.cells.markFailed(seat, second);
  }

  #fill({ routes, standing }: Scenario, feed: PlainFeed): void {
    const { routes: replica } = this.proxy;
    const ids = new Map(routes.map(({ routeKey }, at) => [routeKey!, at + 1]));
    feed.apply(
      replica,
      routes.map((route, at) => ({ kind: 'pool-put', pool: poolSettingsOf(at + 1, route.routeKey!, route) })),
    );
    const seats = standing.map((each, seat) => endpointOf(seat, each.endpoint));
    feed.apply(
      replica,
      standing.map(({ route }, at) => ({
        kind: 'endpoint-put',
        pool: ids.get(route)!,
        endpoint: seats[at]!,
      })),
    );
    const ordered = standing.flatMap(({ order, route }, at) =>
      order === null ? [] : [{ endpoint: seats[at]!.address, route, order }],
    );
    replica.orders.replace(ordered);
    for (const [at, { isFailed, isFull, inFlight }] of standing.entries()) {
      const seat = slotOf(seats[at]!.backend.seat);
      for (let each = 0; each < inFlight; each++) this.cells.begin(seat);
      for (let each = 0; isFull && each < MOST_AWAITED; each++) this.cells.occupy(seat);
      if (isFailed) this.#failed.push(seat);
    }
    this.markAgain();
  }
}

function settingsOf({ preferredZone, loadBalancing }: Scenario): HttpSettings {
  const file = overlay({ port: 0 }, { cellgate: { defaults: 'recommended', proxy_threads: 1 } });
  const read = parseConfig(JSON.stringify(file), 'simulate.yml');
  if (!read.ok) throw new Error(read.problems.join('\n'));
  return {
    ...httpSettings(read.config),
    preferredZone,
    loadBalancing,
    hashTableSize: 101,
    maxAwaitedPerBackend: MOST_AWAITED,
  };
}
