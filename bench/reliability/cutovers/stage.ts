import { setTimeout as delay } from 'node:timers/promises';
import { CannotStart } from '../../cannot-start.ts';
import type { Site } from '../figure.ts';
import { monotonic } from '../monotonic.ts';
import { Agents } from '../outages/agents.ts';
import { type LoadBalancer, startLoadBalancer } from '../outages/load-balancer.ts';
import { MortalBus } from '../outages/mortal-bus.ts';
import { untilServed } from '../outages/until-served.ts';
import type { ShoppersCalls, Shopping } from '../processes/shoppers.ts';
import { Subprocess } from '../subprocess.ts';
import { Application } from './application.ts';
import { Command, type Ended } from './command.ts';
import { Gateway } from './gateway.ts';

const SHOPPERS = new URL('../processes/shoppers.ts', import.meta.url);
export const ROUTERS = 3;
export const ROUTE = 'shop.cutover.test';
const HEARTBEAT_SECONDS = 5;
const PATIENCE_MS = 30_000;

export interface StageSettings {
  /** Of each of the two applications. */
  readonly instances: number;
  readonly perSecond: number;
}

/** Three routers behind HAProxy on a bus with JetStream; blue has the route, and is asked; green is not mapped. */
export class Stage {
  readonly site: Site;
  readonly bus: MortalBus;
  readonly agents: Agents;
  readonly gateways: readonly Gateway[];
  readonly blue: Application;
  readonly green: Application;
  readonly perSecond: number;
  readonly #shoppers: Subprocess<ShoppersCalls>;
  #askedSince = 0;

  private constructor(
    site: Site,
    bus: MortalBus,
    agents: Agents,
    gateways: readonly Gateway[],
    [blue, green]: readonly [Application, Application],
    perSecond: number,
  ) {
    this.perSecond = perSecond;
    this.site = site;
    this.bus = bus;
    this.agents = agents;
    this.gateways = gateways;
    this.blue = blue;
    this.green = green;
    this.#shoppers = new Subprocess(site.bed, SHOPPERS);
  }

  static async set(site: Site, { instances, perSecond }: StageSettings): Promise<Stage> {
    const bus = await MortalBus.start(site, true);
    const agents = new Agents(bus.port, HEARTBEAT_SECONDS);
    const open = (name: string) => Application.open(site, agents, { name, route: ROUTE, count: instances });
    const [blue, green] = [await open('blue'), await open('green')];
    blue.map();
    const gateways: Gateway[] = [];
    for (let each = 0; each < ROUTERS; each++) gateways.push(await Gateway.make(site, each, bus.port));
    const balancer = await startLoadBalancer(
      site,
      gateways.map(({ router }) => router),
    );
    const stage = new Stage(site, bus, agents, gateways, [blue, green], perSecond);
    await stage.#open(balancer);
    return stage;
  }

  /** A command, asked of the first router, or of the one with this number. */
  command(args: readonly string[], at = 0): Command {
    return new Command(this.site, this.gateways[at]!.admin, args);
  }

  /** A command that is to end well, and does soon. @throws CannotStart when it does not */
  async order(args: readonly string[], at = 0): Promise<Ended> {
    const ended = await this.command(args, at).end(PATIENCE_MS / 1000);
    if (ended.exit !== 0) {
      throw new CannotStart(
        `cellgate ${args.join(' ')} ended with ${ended.exit}: ${ended.errors}${ended.output}`,
      );
    }
    return ended;
  }

  /** What became of the requests that were due since the last call. */
  async shopped(): Promise<Shopping> {
    const [from, to] = [this.#askedSince, monotonic()];
    this.#askedSince = to;
    return this.#shoppers.call('within', { from, to });
  }

  async close(): Promise<void> {
    await this.#shoppers.call('stop');
    for (const { router } of this.gateways) router.lives();
  }

  async #open(balancer: LoadBalancer): Promise<void> {
    const asked = [{ host: ROUTE, app: this.blue.name }];
    for (const { router } of this.gateways) await untilServed(router.port, asked);
    await untilServed(balancer.port, asked);
    const deadline = performance.now() + PATIENCE_MS;
    for (const gateway of this.gateways) {
      while ((await gateway.knows()) < ROUTERS) {
        if (performance.now() > deadline) throw new CannotStart('the routers do not know of each other');
        await delay(100);
      }
    }
    this.#askedSince = monotonic();
    const { perSecond } = this;
    await this.#shoppers.call('start', { port: balancer.port, host: ROUTE, perSecond });
  }
}
