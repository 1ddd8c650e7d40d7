import { derived, duration } from './field.ts';

/** Keys below `cellgate.snapshot`: how long what the last process knew may serve in this one. */
export const snapshotKeys = {
  max_age_verified: duration(
    'How long after its last announcement an endpoint may serve that is restored from the snapshot, if TLS tells whether it is still who it was.',
    '24h',
  ),
  max_age_plain: derived(
    duration('The same for all others, whose addresses may be given to other applications.', '120s'),
    'the stale threshold of each endpoint',
  ),
};
