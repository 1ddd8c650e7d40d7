import type { Config } from '../../config/schema.ts';
import type { TcpBatch } from '../../tcp/table/route.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { SharedMemory } from '../threads/shared-memory.ts';

/** The table of TCP routes, with places in the memory that all threads share. */
export function createTcpRoutes(
  config: Config,
  { seats, tcpEpochs }: SharedMemory,
  log: ComponentLog,
  send: (batch: TcpBatch) => void,
): TcpRoutes {
  return new TcpRoutes({ config, seats, epochs: tcpEpochs, log: log.child('tcp'), send });
}
