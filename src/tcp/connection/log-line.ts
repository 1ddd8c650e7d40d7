import type { Outcome } from './outcome.ts';

/** What one line of the log of connections tells. */
export interface ConnectionRecord {
  /** ISO 8601. */
  readonly at: string;
  /** `address:port` as the client has it, or its proxy says. */
  readonly client: string;
  readonly port: number;
  readonly serverName: string;
  /** Empty when none was reached. */
  readonly backend: string;
  readonly instanceId: string;
  readonly fromClient: number;
  readonly fromBackend: number;
  /** Milliseconds until the backend was connected; negative: never. */
  readonly connected: number;
  readonly duration: number;
  readonly attempts: number;
  readonly outcome: Outcome;
}

/** JSON, so that nothing a client sends can break or forge a line; Latin-1 text without a line feed. */
export function connectionLine(record: ConnectionRecord): string {
  const { connected, duration } = record;
  const text = JSON.stringify({
    ...record,
    connected: connected < 0 ? null : Math.round(connected * 1000) / 1000,
    duration: Math.round(duration * 1000) / 1000,
  });
  return Buffer.from(text).toString('latin1');
}
