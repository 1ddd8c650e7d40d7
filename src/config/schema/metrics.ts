import { z } from 'zod';
import { derived, flag, numbers, port, text } from './field.ts';
import { anyDuration } from './lenient.ts';

const WIDE_BUCKETS = [1, 2, 4, 6, 8, 10, 20, 40, 50, 100, 500, 1000];

export const metricsKeys = {
  prometheus: z.object({
    enabled: derived(
      flag('Whether to open a listener for `/metrics` alone.', false),
      'whether `port` is set',
    ),
    port: port('That listener. 0: any free port.', 0),
    cert_path: text('File with its certificate; empty: no TLS.', ''),
    key_path: text("File with the certificate's key.", ''),
    ca_path: text('File with who must have signed the certificates of those who ask.', ''),
    meters: z.object({
      route_lookup_time_histogram_buckets: numbers(
        'nanoseconds',
        'Buckets of `route_lookup_time`.',
        Array.from({ length: 10 }, (_, step) => (step + 1) * 10_000),
      ),
      gorouter_time_histogram_buckets: numbers('seconds', 'Buckets of `gorouter_time`.', WIDE_BUCKETS),
      route_registration_latency_histogram_buckets: numbers(
        'milliseconds',
        'Buckets of `route_registration_latency`.',
        [0.1, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4],
      ),
      routing_response_latency_histogram_buckets: numbers(
        'milliseconds',
        'Buckets of `latency`.',
        WIDE_BUCKETS,
      ),
      http_latency_histogram_buckets: numbers(
        'seconds',
        'Buckets of `http_latency_seconds`.',
        [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6],
      ),
    }),
  }),
  enable_envelope_v1_metrics: flag(
    "Whether metrics go to Loggregator's agent at `logging.metron_address`.",
    true,
  ),
  per_request_metrics_reporting: flag('Whether metrics are taken of each request.', true),
  per_app_prometheus_http_metrics_reporting: flag(
    'Whether `http_latency_seconds` is kept per application.',
    false,
  ),
  send_http_start_stop_server_event: flag('Whether Loggregator is told of each request of a client.', true),
  send_http_start_stop_client_event: flag(
    'Whether Loggregator is told of each request to an endpoint.',
    true,
  ),
  route_latency_metric_muzzle_duration: anyDuration(
    'Time after the start without `route_registration_latency`.',
    { gorouter: '20s', recommended: '30s' },
  ),
};
