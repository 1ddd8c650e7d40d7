import { hostPort } from '../address/host-port.ts';
import { type Registration, registrationFields } from '../bus/registration.ts';
import type { AgentRoute } from './route/agent-route.ts';
import type { Check } from './route/check.ts';

const NO_DRAIN = { file: null, time: 0, command: null };

/** The one route of a command line. @param interval milliseconds; null: as the routers ask for */
export function registrationRoute(
  registration: Registration,
  check: Check | null,
  interval: number | null,
): AgentRoute {
  const { uris, tcp, host, port } = registration;
  const announced =
    tcp === null ? uris : [`tcp:${tcp.port}${tcp.serverName === '' ? '' : `/${tcp.serverName}`}`];
  return {
    name: announced.join(', '),
    announcement: {
      kind: 'bus',
      uris: announced,
      address: hostPort(host, port),
      fields: registrationFields(registration),
    },
    interval,
    check,
    drain: NO_DRAIN,
    weight: 100,
  };
}
