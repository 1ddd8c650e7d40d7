import { type ArmWindow, NOTHING } from '../../src/cutover/window.ts';
import { LATENCY_CELLS, latencyCell } from '../../src/latency/cells.ts';

export interface Doings {
  readonly requests: number;
  readonly failed?: number;
  readonly gateway?: number;
  readonly inFlight?: number;
  readonly begun?: number;
  /** The slowest of every ten take that long. Milliseconds. */
  readonly p95?: number;
}

/** An arm that answered so many requests in 10 ms, but for the slowest of every ten. */
export function armWindow({
  requests,
  failed = 0,
  gateway = 0,
  inFlight = 0,
  begun,
  p95,
}: Doings): ArmWindow {
  const latency = new Array<number>(LATENCY_CELLS).fill(0);
  const slow = p95 === undefined ? 0 : Math.ceil(requests / 10);
  latency[latencyCell(10)]! += requests - slow;
  if (p95 !== undefined) latency[latencyCell(p95)]! += slow;
  return {
    ...NOTHING,
    begun: begun ?? requests,
    answered: requests - failed - gateway,
    appErrors: failed,
    gatewayErrors: gateway,
    inFlight,
    latency,
  };
}
