import { type Answer, ok, problem } from '../../admin/answer.ts';
import type { AdminRequest } from '../../admin/api.ts';
import { changedMeanwhile, type IfMatch } from '../../admin/if-match.ts';
import type { WriteOutcome } from '../../decisions/decision-store.ts';

/**
 * What whoever decides on a route is told of it.
 * @param look the command by which they see what stands there
 * @param ifMatch what they had seen, where they said so
 */
export function decisionAnswer(
  outcome: WriteOutcome,
  route: string,
  look: string,
  ifMatch: IfMatch | null = null,
): Answer {
  switch (outcome.outcome) {
    case 'ok':
      return ok({ route, revision: outcome.revision });
    case 'conflict':
      return (
        changedMeanwhile(ifMatch, outcome.revision || null, route) ??
        problem(
          409,
          'conflict',
          `somebody else has decided on ${route} meanwhile: it is at revision ${outcome.revision}`,
          `look at it with ${look}, and try again`,
        )
      );
    case 'refused':
      return problem(409, 'not-decided', outcome.why, 'nothing was changed');
    case 'away':
      return problem(503, 'store-away', outcome.why, 'nothing was changed as far as is known; try again');
  }
}

export function notYet(): Answer {
  return problem(503, 'starting', 'the router is still starting', 'try again in a moment');
}

/** Empty: nobody is known by name here. */
export function nameOf(caller: AdminRequest['caller']): string {
  return caller.kind === 'nobody' ? '' : caller.principal.name;
}
