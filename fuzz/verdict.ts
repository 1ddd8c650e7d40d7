import type { Forwarded } from './engine/forward.ts';
import type { Relayed } from './engine/relay.ts';

/** What came of one case. */
export interface Verdict {
  /** How the engine took it. */
  readonly end: Forwarded['end'] | Relayed['end'];
  /** `null` when all read it alike. */
  readonly difference: string | null;
  readonly readings: Readonly<Record<string, unknown>>;
}
