import { derived, duration, noEffect } from './field.ts';

/** How long things may take. */
export const timeoutKeys = {
  endpoint_timeout: duration('Longest exchange with an endpoint, bodies included; 0: no limit.', {
    gorouter: '60s',
    recommended: '900s',
  }),
  http_1_endpoint_timeout: derived(
    duration('`endpoint_timeout` of requests that came over HTTP/1.', '0s'),
    'the value of `endpoint_timeout`',
  ),
  http_2_endpoint_timeout: derived(
    duration('`endpoint_timeout` of requests that came over HTTP/2.', '0s'),
    'the value of `endpoint_timeout`',
  ),
  endpoint_dial_timeout: duration('Longest time to connect to an endpoint; 0: no limit.', '5s'),
  websocket_dial_timeout: noEffect(
    derived(
      duration('Longest time to connect to an endpoint for a WebSocket.', '0s'),
      'the value of `endpoint_dial_timeout`',
    ),
    'gorouter leaves it unused: `endpoint_dial_timeout` is for these too',
  ),
  tls_handshake_timeout: duration('Longest TLS handshake with an endpoint; 0: no limit.', '10s'),
  endpoint_keep_alive_probe_interval: duration(
    'Idle time on a connection to an endpoint before TCP keep-alive probes, in whole seconds; 0: none are sent.',
    '1s',
  ),
  frontend_idle_timeout: duration('How long an idle client connection is kept; 0: no limit.', '900s'),
  read_header_timeout: duration('Longest time a client may take to send a request header; 0: 60 s.', '0s'),
  drain_wait: duration('Time between failing health checks and closing the listeners, on SIGUSR1.', {
    gorouter: '0s',
    recommended: '20s',
  }),
  drain_timeout: derived(
    duration('Longest wait for requests under way after the listeners are closed.', '0s'),
    'the value of `endpoint_timeout`',
  ),
};
