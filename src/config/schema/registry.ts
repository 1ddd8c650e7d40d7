import { choice, complaining, flag, texts } from './field.ts';
import { anyDuration } from './lenient.ts';

/** What is in the route table, and for how long. */
export const registryKeys = {
  droplet_stale_threshold: anyDuration(
    'Age without a heartbeat at which an endpoint without TLS is pruned; at least `start_response_delay_interval`.',
    '120s',
  ),
  prune_stale_droplets_interval: anyDuration('Time between pruning rounds; 0: no pruning.', '30s'),
  suspend_pruning_if_nats_unavailable: flag('Whether to keep stale endpoints while NATS is unreachable.', {
    gorouter: false,
    recommended: true,
  }),
  empty_pool_response_code_503: flag('Whether a route without endpoints answers 503 rather than 404.', {
    gorouter: false,
    recommended: true,
  }),
  empty_pool_timeout: anyDuration('How long a route stays known after its last endpoint left.', '0s'),
  routing_table_sharding_mode: complaining(
    choice(
      ['all', 'segments', 'shared-and-segments'],
      'Whether to route to endpoints of all isolation segments, of those listed, or of those and of none.',
      'all',
    ),
    'Invalid sharding mode',
  ),
  isolation_segments: texts('segment names', 'See `routing_table_sharding_mode`.', []),
};
