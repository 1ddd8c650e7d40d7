import type { ComponentLog, LogData } from '../telemetry/component-log.ts';
import type { AgentEvent } from './agent-event.ts';

/** The source of what the agent's own file says. */
export const FILE_SOURCE = 'routes';

type Line = readonly [level: 'debug' | 'info' | 'error', message: string, more?: LogData];

/** What happens to routes, in route-registrar's words; heartbeats and single checks only for who wants to know it all. */
export function logAgentEvent(log: ComponentLog, event: AgentEvent): void {
  const { name, announcement } = event.route;
  const [level, message, more] = lineOf(event);
  log[level](message, { route: name, uris: announcement.uris, address: announcement.address, ...more });
}

function lineOf(event: AgentEvent): Line {
  const { announcement, drain } = event.route;
  switch (event.kind) {
    case 'registered':
      return ['info', 'Registering route'];
    case 'heartbeat':
      return ['debug', 'Registering route'];
    case 'unregistered':
      return ['info', 'Unregistering route', { uris: event.announcement.uris }];
    case 'check-failed':
      return ['debug', 'check-failed', { reason: event.reason }];
    case 'healthy':
      return ['info', 'healthchecker returned healthy for route'];
    case 'unhealthy':
      return ['info', 'healthchecker returned unhealthy for route', { reason: event.reason }];
    case 'draining':
      return ['info', 'draining route', { seconds: drain.time / 1000 }];
    case 'drain-unheard':
      return ['error', 'drain-unheard', { meaning: 'routers cannot be told, and go on until they are' }];
    case 'drained':
      return ['info', 'drained route', { meaning: 'its application may stop' }];
    case 'drain-called-off':
      return ['info', 'drain called off'];
    case 'added': {
      // What the file itself says is no discovery, and may be thousands at the same moment.
      const level = event.source === FILE_SOURCE ? 'debug' : 'info';
      return [level, 'discovered route', { source: event.source }];
    }
    case 'removed':
      return ['info', 'route removed', { source: event.source }];
    case 'no-channel': {
      const missing = announcement.kind === 'bus' ? 'message_bus_servers' : 'routing_api';
      return ['error', 'route-cannot-be-announced', { missing }];
    }
  }
}
