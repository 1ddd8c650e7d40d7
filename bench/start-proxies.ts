import { answer } from './answer.ts';
import { ANY_CORE, type Bed, PROXY_CORE } from './bed.ts';
import { CannotStart } from './cannot-start.ts';
import { makeCertificate } from './certificate.ts';
import type { RunningProxy } from './contender.ts';
import { startOrigin } from './origin.ts';
import type { Absence } from './plan.ts';
import type { Participant, Scenario } from './scenario.ts';

/** Routes beside the measured one, where the scenario does not say. */
const ROUTES = 1000;

export interface Started {
  /** By the name of the entrant; each answers. */
  readonly proxies: Map<string, RunningProxy>;
  readonly failed: readonly Absence[];
}

/** All at once. */
export async function startProxies(
  bed: Bed,
  scenario: Scenario,
  participants: readonly Participant[],
): Promise<Started> {
  const { listener, origin } = scenario;
  const shared = scenario.originEach ? undefined : await startOrigin(bed, origin);
  const certificate = listener === 'https' ? makeCertificate(bed) : undefined;
  const unpinned = scenario.kind === 'cost' && scenario.sharedCores === true;
  const proxies = new Map<string, RunningProxy>();
  const failed: Absence[] = [];
  const starts = participants.map(async ({ entrant, contender }) => {
    const { name, routes = ROUTES, threads = 1 } = entrant;
    const label = name.replaceAll(/[^\w-]+/g, '-');
    const cores = unpinned ? ANY_CORE : PROXY_CORE;
    const originPort = shared ?? (await startOrigin(bed, origin, `origin-of-${label}`));
    const where = { bed, label, cores, originPort, listener, certificate };
    const proxy = await contender.start({ ...where, routes, threads });
    await answer(proxy.daemon, { listener, port: proxy.port });
    proxy.attend?.(false);
    return proxy;
  });
  for (const [index, start] of (await Promise.allSettled(starts)).entries()) {
    const { name } = participants[index]!.entrant;
    if (start.status === 'fulfilled') proxies.set(name, start.value);
    else if (start.reason instanceof CannotStart) failed.push({ name, reason: start.reason.message });
    else throw start.reason;
  }
  return { proxies, failed };
}
