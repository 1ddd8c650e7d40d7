import { LATENCY_CELLS } from '../latency/cells.ts';

/**
 * What one arm did in one window: first attempts alone, so that nothing is hidden by a retry that went well elsewhere.
 * Requests that were pinned to an instance are not in it.
 */
export interface ArmWindow {
  /** First attempts that began in the window. */
  readonly begun: number;
  /** Of those that ended in it, as all that follow: a whole response with a status below 500. */
  readonly answered: number;
  /** The application answered 5xx. */
  readonly appErrors: number;
  /** No response, or not all of it, by the arm's fault. */
  readonly gatewayErrors: number;
  /** The client went away first. It is nobody's error, but how long it had waited is among the times. */
  readonly aborted: number;
  /** Under way when the window ended. */
  readonly inFlight: number;
  /**
   * `latency/cells.ts`: until the response began, or until there was to be none, be it that the client had waited long
   * enough. Otherwise an arm that hangs would have no times at all.
   */
  readonly latency: readonly number[];
}

const QUARTER = 0.25;
/** Fewer requests say nothing about a quarter. */
export const FEW = 20;

export const NOTHING: ArmWindow = {
  begun: 0,
  answered: 0,
  appErrors: 0,
  gatewayErrors: 0,
  aborted: 0,
  inFlight: 0,
  latency: new Array<number>(LATENCY_CELLS).fill(0),
};

/** One window of one arm, of several routers. */
export function mergeRouters(windows: readonly ArmWindow[]): ArmWindow {
  return windows.reduce((sum, window) => added(sum, window, sum.inFlight + window.inFlight), NOTHING);
}

/** Windows of one arm that follow each other; what is under way is what was when the last one ended. */
export function joinWindows(windows: readonly ArmWindow[]): ArmWindow {
  return windows.reduce((sum, window) => added(sum, window, window.inFlight), NOTHING);
}

/** Requests that speak of the arm. */
export function judged({ answered, appErrors, gatewayErrors }: ArmWindow): number {
  return answered + appErrors + gatewayErrors;
}

export function failed({ appErrors, gatewayErrors }: ArmWindow): number {
  return appErrors + gatewayErrors;
}

/** From 0 to 1; 0 where there was no request. */
export function failedShare(window: ArmWindow): number {
  return failed(window) / Math.max(1, judged(window));
}

/** It fails more than a quarter: no arm that does so can be used, nor be measured by. */
export function isDown(window: ArmWindow): boolean {
  return judged(window) >= FEW && failedShare(window) > QUARTER;
}

function added(one: ArmWindow, other: ArmWindow, inFlight: number): ArmWindow {
  return {
    begun: one.begun + other.begun,
    answered: one.answered + other.answered,
    appErrors: one.appErrors + other.appErrors,
    gatewayErrors: one.gatewayErrors + other.gatewayErrors,
    aborted: one.aborted + other.aborted,
    inFlight,
    latency: one.latency.map((count, cell) => count + (other.latency[cell] ?? 0)),
  };
}
