import { REQUESTS } from '../../telemetry/counters.ts';
import type { Account } from '../account/account.ts';
import { type AttemptFacts, mayTryAgain } from '../policy/failure.ts';
import type { ExchangeParts } from './exchange-parts.ts';

/** How an exchange stands when one of its attempts has failed. */
interface Tally {
  /** Made so far. */
  readonly attempts: number;
  /** Whether there is an endpoint that has not been tried. */
  readonly untried: boolean;
  readonly toService: boolean;
}

/** Whether the limits, and what the thread may spend beyond them, have room for one more. */
export function hasAnotherAttempt(
  { context, destinations }: ExchangeParts,
  { receivedAt }: Account,
  facts: AttemptFacts,
  { attempts, untried, toService }: Tally,
): boolean {
  const { settings, now, counters } = context;
  const { maxAttempts } = toService ? settings.routeServices : settings;
  const isEarly = now - receivedAt < (settings.dialTimeout || Number.POSITIVE_INFINITY);
  const mayExceed =
    isEarly && attempts >= maxAttempts && destinations.retryBudget.take(counters.get(REQUESTS));
  return mayTryAgain(facts, { attempts, maxAttempts, untried, mayExceed });
}
