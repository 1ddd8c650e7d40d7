import type { AgentEvent } from '../../src/agent/agent-event.ts';
import type { Channel, Hearing } from '../../src/agent/channel.ts';
import type { RunCheck } from '../../src/agent/checker.ts';
import { Engine } from '../../src/agent/engine.ts';
import type { AgentRoute, Standing, WantedRoute } from '../../src/agent/route/agent-route.ts';
import type { Announcement, BusAnnouncement } from '../../src/agent/route/announcement.ts';
import type { Check, CheckResult } from '../../src/agent/route/check.ts';
import { Pace } from '../../src/agent/route/pace.ts';
import type { RouteSource, WantRoutes } from '../../src/agent/route-source.ts';
import { FakeClock } from './agent-clock.ts';

/** A channel that writes down what it is told, as `+uris` and `-uris`, with when. */
export class ToldChannel implements Channel<BusAnnouncement> {
  state: 'ready' | 'away' = 'ready';
  readonly #clock: FakeClock;
  readonly told: { readonly at: number; readonly said: string }[] = [];

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  register(announcement: Announcement): void {
    this.#note('+', announcement);
  }

  unregister(announcement: Announcement): void {
    this.#note('-', announcement);
  }

  hearing(): Hearing {
    return this.state === 'ready' ? 'heard' : 'away';
  }

  life(): null {
    return null;
  }

  async settle(): Promise<boolean> {
    return this.state === 'ready';
  }

  /** What was said since it was asked last. */
  take(): string[] {
    return this.told.splice(0).map(({ said }) => said);
  }

  #note(sign: string, { uris }: Announcement): void {
    this.told.push({ at: this.#clock.now(), said: `${sign}${uris.join(',')}` });
  }
}

/** A source that wants what a test wants. */
export class TestSource implements RouteSource {
  readonly name: string;
  #want: WantRoutes = () => {};

  constructor(name = 'test') {
    this.name = name;
  }

  start(want: WantRoutes): void {
    this.#want = want;
  }

  stop(): void {}

  wants(...routes: (AgentRoute | readonly [AgentRoute, Standing])[]): void {
    this.#want(
      routes.map(
        (each): WantedRoute =>
          'name' in each ? { route: each, standing: 'serving' } : { route: each[0], standing: each[1] },
      ),
    );
  }
}

export interface EngineBed {
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly channel: ToldChannel;
  readonly source: TestSource;
  readonly events: AgentEvent[];
  /** How checks end from now on. */
  answer(result: CheckResult): void;
}

/** An engine on a clock that a test moves. @param random from 0 to less than 1 */
export function engineBed(random: () => number = () => 0, limit = 5): EngineBed {
  const clock = new FakeClock();
  const channel = new ToldChannel(clock);
  const source = new TestSource();
  const events: AgentEvent[] = [];
  let result: CheckResult = { ok: true };
  const check: RunCheck = async () => result;
  const engine = new Engine({
    channels: { bus: channel, 'routing-api': null },
    check,
    clock,
    random,
    pace: new Pace(),
    unregistrationLimit: limit,
    tell: (event) => events.push(event),
  });
  engine.follow(source);
  const answer = (next: CheckResult): void => {
    result = next;
  };
  return { engine, clock, channel, source, events, answer };
}

/** A route on the bus. */
export function busRoute(uris: string, more: Partial<AgentRoute> = {}, address = '10.0.0.1:80'): AgentRoute {
  const list = uris.split(',');
  return {
    name: list[0]!,
    announcement: { kind: 'bus', uris: list, address, fields: { uris: list, host: address } },
    interval: 20_000,
    check: null,
    drain: { file: null, time: 20_000, command: null },
    weight: 100,
    ...more,
  };
}

export const SCRIPT: Check = { kind: 'script', name: 'check', path: '/check', timeout: 10_000 };

export function tcpProbe(more: Partial<Extract<Check, { kind: 'probe' }>> = {}): Check {
  return {
    kind: 'probe',
    probe: { kind: 'tcp', host: '127.0.0.1', port: 80 },
    interval: 5_000,
    timeout: 1_000,
    rise: 1,
    fall: 2,
    startDelay: 0,
    ...more,
  };
}
