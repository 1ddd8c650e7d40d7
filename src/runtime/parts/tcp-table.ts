import type { Config } from '../../config/schema.ts';
import type { TcpPort } from '../../tcp/table/route.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { SharedMemory } from '../threads/shared-memory.ts';

/** The table of TCP routes, with places in the memory that all threads share. */
export function createTcpRoutes(
  config: Config,
  { endpoints, seats }: SharedMemory,
  log: ComponentLog,
  send: (ports: readonly TcpPort[]) => void,
): TcpRoutes {
  return new TcpRoutes({
    config,
    slots: {
      take: () => seats.take(),
      free: (seat) => void seats.end(seat),
      inFlight: (seat) => endpoints.inFlight(seat),
    },
    log: log.child('tcp'),
    send,
  });
}
