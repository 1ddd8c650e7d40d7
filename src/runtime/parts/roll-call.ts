import packageJson from '../../../package.json' with { type: 'json' };
import type { AdminApi } from '../../admin/api.ts';
import { type Presence, presenceRoute } from '../../admin/presence-route.ts';
import { RollCall } from '../../roll-call/roll-call.ts';
import type { RollMessage } from '../../roll-call/roll-message.ts';
import { type AskedRoute, RouteCensus } from '../../roll-call/route-census.ts';
import { routeKey } from '../../routing/route-key.ts';
import { succeed } from '../../snapshot/former-router.ts';
import type { Health, HealthState } from '../../status/health.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';

/** How long `cellgate routers` waits for answers. Milliseconds. */
const PATIENCE_MS = 500;

const STATES: Readonly<Record<HealthState, RollMessage['state']>> = {
  initializing: 'starting',
  healthy: 'serving',
  degraded: 'draining',
};

export interface RollCallPartOptions {
  /** As in `router.start`. */
  readonly id: string;
  readonly bus: BusPart;
  readonly health: Health;
  /** This router's own; null: it has none. Known at the start. */
  folder(): string | null;
  /** See `RollMessage`. */
  about(): Pick<RollMessage, 'address' | 'routes' | 'generation' | 'decisions'>;
  /** Endpoints that this router has for a route. */
  count(asked: AskedRoute): number;
  readonly api: AdminApi;
  readonly log: ComponentLog;
}

/** Which other routers there are, and what this one says of itself to them. */
export class RollCallPart implements Part {
  readonly name = 'roll-call';
  readonly #options: RollCallPartOptions;
  readonly #rollCall: RollCall;
  readonly #census: RouteCensus;

  constructor(options: RollCallPartOptions) {
    this.#options = options;
    const { id, log } = options;
    this.#rollCall = new RollCall({ id, about: () => this.#about(), log });
    this.#census = new RouteCensus({ id, count: (asked) => options.count(asked) });
    options.api.add(presenceRoute((route, app) => this.#presence(route, app)));
  }

  /** How many other routers there are; null: too early to say. */
  get others(): number | null {
    return this.#rollCall.others;
  }

  /** All routers, this one first. */
  ids(): string[] {
    return [this.#options.id, ...this.#rollCall.known().map(({ said }) => said.id)];
  }

  /** All routers, this one first, by what each said last: nobody is asked. */
  present(): (RollMessage & { readonly heardMs: number })[] {
    const own = { id: this.#options.id, ...this.#about(), heardMs: 0 };
    return [own, ...this.#rollCall.known().map(({ said, heard }) => ({ ...said, heardMs: heard }))];
  }

  /** See `RollCall`. */
  gorouters(): string[] {
    return this.#rollCall.gorouters();
  }

  /** See `RollCall`. */
  hasLeft(id: string): boolean {
    return this.#rollCall.hasLeft(id);
  }

  async start(): Promise<void> {
    await this.#succeed();
    this.#options.bus.whenFound((client) => {
      this.#rollCall.connect(client);
      this.#census.connect(client);
    });
  }

  /** Nobody waits for the process that had the folder before, however that has ended. */
  async #succeed(): Promise<void> {
    const { id, folder, log } = this.#options;
    const own = folder();
    if (own === null) return;
    const { id: former, fault } = await succeed(own, id);
    if (fault !== null) log.warn('former-router-unknown', { error: fault });
    if (former !== null) this.#rollCall.succeed(former);
  }

  /** What others wait for has changed. */
  announce(): void {
    this.#rollCall.announce();
  }

  stop(): Promise<void> {
    this.#census.stop();
    return this.#rollCall.stop();
  }

  /** This router and all others, as `cellgate routers` shows them: those that answer now, and those that are late. */
  async routers(): Promise<object[]> {
    const answered = await this.#rollCall.ask(PATIENCE_MS);
    const present = new Set(answered.map(({ id }) => id));
    const silent = this.#rollCall.known().filter(({ said }) => !present.has(said.id));
    const own = { id: this.#options.id, ...this.#about() };
    return [
      { ...own, heard_ms: 0 },
      ...answered
        .filter(({ id }) => id !== own.id)
        .map(({ former: _, ...said }) => ({ ...said, heard_ms: 0 })),
      ...silent.map(({ said: { former: _, ...said }, heard }) => ({ ...said, heard_ms: Math.round(heard) })),
    ];
  }

  /** Which routers have a route, of an application if one is named. */
  async #presence(route: string, app: string): Promise<Presence> {
    const asked = { route: route.startsWith('tcp:') ? route : routeKey(route), app };
    const answers = await this.#census.ask(asked, PATIENCE_MS);
    const known = this.#rollCall.known().map(({ said }) => said.id);
    return {
      routers: Array.from(answers, ([id, endpoints]) => ({ id, endpoints })),
      silent: known.filter((id) => !answers.has(id)),
    };
  }

  #about(): Omit<RollMessage, 'id'> {
    const { about, health } = this.#options;
    return { version: packageJson.version, state: STATES[health.state], ...about() };
  }
}
