import type { CellgateOptions } from '../running-cellgate.ts';
import type { Site } from './figure.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { registrations, untilAtLeast } from './metrics.ts';
import { startNats } from './nats.ts';
import { routesOf } from './platform-message.ts';
import type { PlatformCalls, Saying } from './processes/platform.ts';
import { Subprocess } from './subprocess.ts';

const AGENTS = new URL('./processes/platform.ts', import.meta.url);

/** Of each instance. */
export const ROUTES = routesOf(0).length;

export interface LargePlatform extends Fleet {
  readonly natsPort: number;
  readonly agents: Subprocess<PlatformCalls>;
  /** Has the agents say something; resolves when the router has taken it in, with the messages and the seconds that took. */
  say(what: Saying): Promise<{ messages: number; seconds: number }>;
}

/** A router on a nats-server, one application that answers, and the agents of a large platform. */
export async function startLargePlatform(
  site: Site,
  keys: CellgateOptions['keys'] = {},
): Promise<LargePlatform> {
  const natsPort = await startNats(site);
  const fleet = await startFleet(site, 1, { natsPort, keys: { logging: { level: 'info' }, ...keys } });
  const agents = new Subprocess<PlatformCalls>(site.bed, AGENTS);
  await agents.call('connect', natsPort);
  return {
    ...fleet,
    natsPort,
    agents,
    async say(what) {
      const before = await registrations(fleet.router);
      const said = await agents.call('say', what);
      await untilAtLeast(fleet.router, 'registry_message', before + said.messages * ROUTES);
      return said;
    },
  };
}
