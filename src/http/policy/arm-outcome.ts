import type { ArmOutcome } from '../../routing/arm-tally.ts';
import type { Outcome } from './outcome.ts';

/** Where a first attempt is counted. @param status that the application answered with; not heeded where there was no whole response */
export function armOutcome(outcome: Outcome, status: number): ArmOutcome {
  switch (outcome) {
    case 'answered':
      return status >= 500 ? 'app-error' : 'answered';
    case 'tunnelled':
      return 'answered';
    case 'abandoned':
      return 'aborted';
    // Of ours, or of a connection that had gone stale: neither arm is to blame.
    case 'panicked':
    case 'local':
    case 'own-fault':
    case 'unsent':
      return 'not-judged';
    default:
      return 'gateway-error';
  }
}
