import { performance } from 'node:perf_hooks';
import type { Config } from '../../config/schema.ts';
import type { TcpBatch } from '../../tcp/table/route.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { PauseDetector } from '../../time/pause-detector.ts';
import { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { SharedMemory } from '../threads/shared-memory.ts';

/** The table of TCP routes, with places in the memory that all threads share. */
export function createTcpRoutes(
  config: Config,
  { seats, tcpEpochs }: SharedMemory,
  pause: PauseDetector,
  log: ComponentLog,
  send: (batch: TcpBatch) => void,
): TcpRoutes {
  return new TcpRoutes({
    config,
    seats,
    epochs: tcpEpochs,
    running: () => pause.running(performance.now()),
    log: log.child('tcp'),
    send,
  });
}
