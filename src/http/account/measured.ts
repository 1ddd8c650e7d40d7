import { performance } from 'node:perf_hooks';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import {
  routeServiceCounter,
  type ThreadCounters,
  WEBSOCKET_FAILURES,
  WEBSOCKET_UPGRADES,
} from '../../telemetry/counters.ts';
import type { Meters } from '../../telemetry/meters.ts';
import { isWebSocket } from '../policy/upgrade.ts';
import type { Asked } from './access-record.ts';
import type { Account } from './account.ts';
import { logServiceAnswer } from './failure-log.ts';

/** The route was found, or found missing, just now. */
export function noteLookup(meters: Meters, { receivedAt }: Account): void {
  meters.lookedUp(performance.now() - receivedAt);
}

/** The exchange is over; only one that got as far as a backend is measured (docs/compatibility.md §6.5). */
export function noteAnswer(meters: Meters, account: Account): void {
  const { texts, status, receivedAt, backendStartedAt, backendFinishedAt } = account;
  if (texts === null || backendFinishedAt < 0) return;
  const router = performance.now() - receivedAt - (backendFinishedAt - backendStartedAt);
  meters.answered(texts, status, backendFinishedAt - receivedAt, router);
}

/** Where what is noted goes. */
export interface Noting {
  readonly counters: ThreadCounters;
  readonly log: ComponentLog;
}

/** What few exchanges are counted for, once they are over. */
export function countRare({ counters, log }: Noting, { upgradeTo }: Asked, account: Account): void {
  const { texts, status, backendStartedAt, attempts } = account;
  if (texts === null || backendStartedAt < 0) return;
  if (texts.isService) {
    counters.add(routeServiceCounter(status));
    if (attempts.succeeded) logServiceAnswer(log, texts, status);
  }
  // As in gorouter any response counts as an upgrade; a 101 was counted when it came (docs/compatibility.md §3.11).
  if (upgradeTo !== null && status !== 101 && isWebSocket(upgradeTo)) {
    counters.add(attempts.succeeded ? WEBSOCKET_UPGRADES : WEBSOCKET_FAILURES);
  }
}
