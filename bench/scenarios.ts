import type { Scenario } from './scenario.ts';
import { bodies } from './scenarios/bodies.ts';
import { connections } from './scenarios/connections.ts';
import { smallRequests } from './scenarios/small-requests.ts';
import { tcp } from './scenarios/tcp.ts';
import { threads } from './scenarios/threads.ts';
import { tls } from './scenarios/tls.ts';

/** In the order in which they are measured and reported. */
export const SCENARIOS: readonly Scenario[] = [
  ...smallRequests,
  ...bodies,
  ...connections,
  ...tls,
  ...tcp,
  ...threads,
];
