import { performance } from 'node:perf_hooks';
import type { Meters } from '../telemetry/meters.ts';
import type { Account } from './account.ts';

/** The route was found, or found missing, just now. */
export function noteLookup(meters: Meters, { receivedAt }: Account): void {
  meters.lookedUp(performance.now() - receivedAt);
}

/** The exchange is over; only one that got as far as a backend is measured (gorouter.md §6.5). */
export function noteAnswer(meters: Meters, account: Account): void {
  const { texts, receivedAt, backendStartedAt, backendFinishedAt } = account;
  if (texts === null || backendFinishedAt < 0) return;
  const router = performance.now() - receivedAt - (backendFinishedAt - backendStartedAt);
  meters.answered(texts, texts.endpoint.appId, backendFinishedAt - receivedAt, router);
}
