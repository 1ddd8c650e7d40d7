import type { TestOptions } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why it is passed over. */
    skippedFor?: string;
  }
}

/** Options of a test or suite that is passed over for this reason, which the reporter prints; `false`: it runs. */
export function skipFor(reason: string | false): TestOptions {
  return reason === false ? {} : { skip: true, meta: { skippedFor: reason } };
}
