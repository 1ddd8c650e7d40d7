import { LONGEST_DURATION } from './duration.ts';
import { derived, noEffect } from './field.ts';
import { anyDuration } from './lenient.ts';

/** As long as a timer takes, 25 days, since 0 has another meaning. */
const UNLIMITED = LONGEST_DURATION;
/** As short as one is that is not 0. */
const NO_WAIT = 1;

/** How long things may take. */
export const timeoutKeys = {
  endpoint_timeout: anyDuration('Longest exchange with an endpoint, bodies included; 0: no limit.', {
    gorouter: '60s',
    recommended: '900s',
  }),
  http_1_endpoint_timeout: derived(
    anyDuration(
      '`endpoint_timeout` of requests that came over HTTP/1; 0: the same; negative: no limit.',
      '0s',
      UNLIMITED,
    ),
    'the value of `endpoint_timeout`',
  ),
  http_2_endpoint_timeout: derived(
    anyDuration(
      '`endpoint_timeout` of requests that came over HTTP/2; 0: the same; negative: no limit.',
      '0s',
      UNLIMITED,
    ),
    'the value of `endpoint_timeout`',
  ),
  endpoint_dial_timeout: anyDuration('Longest time to connect to an endpoint; 0: no limit.', '5s'),
  websocket_dial_timeout: noEffect(
    derived(
      anyDuration('Longest time to connect to an endpoint for a WebSocket.', '0s'),
      'the value of `endpoint_dial_timeout`',
    ),
    'gorouter leaves it unused: `endpoint_dial_timeout` is for these too',
  ),
  tls_handshake_timeout: anyDuration('Longest TLS handshake with an endpoint; 0: no limit.', '10s'),
  endpoint_keep_alive_probe_interval: anyDuration(
    'Idle time on a connection to an endpoint before TCP keep-alive probes, in whole seconds; 0: none are sent.',
    '1s',
  ),
  frontend_idle_timeout: anyDuration('How long an idle client connection is kept; 0: no limit.', '900s'),
  read_header_timeout: anyDuration('Longest time a client may take to send a request header; 0: 60 s.', '0s'),
  drain_wait: anyDuration('Time between failing health checks and closing the listeners, on SIGUSR1.', {
    gorouter: '0s',
    recommended: '20s',
  }),
  drain_timeout: derived(
    anyDuration(
      'Longest wait for requests under way after the listeners are closed; 0: the value of `endpoint_timeout`; negative: none.',
      '0s',
      NO_WAIT,
    ),
    'the value of `endpoint_timeout`',
  ),
};
