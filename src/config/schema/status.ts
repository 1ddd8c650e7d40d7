import { z } from 'zod';
import {
  certificates,
  complaining,
  duration,
  flag,
  noEffect,
  port,
  privateKey,
  secret,
  text,
} from './field.ts';
import { anyDuration } from './lenient.ts';

/** Health, and what health checkers are told of. */
export const statusKeys = {
  status: z.object({
    host: text(
      'Address the health listener binds to; `0.0.0.0`, as in Go, or `::`: all, of IPv4 and IPv6.',
      '0.0.0.0',
    ),
    port: port('Health listener.', 8080),
    enable_nontls_health_checks: flag('Whether to open the health listener.', true),
    enable_deprecated_varz_healthz_endpoints: flag(
      'Whether `/varz`, `/healthz` and `/routes` are on the health listener too, and who asks on NATS is told.',
      false,
    ),
    user: text('User name for `/routes`.', ''),
    pass: secret('Password for `/routes`.'),
    tls: z.object({
      port: port('Health listener with TLS.', 8443),
      certificate: certificates('Its certificate. With any key of `status.tls`, required.'),
      key: privateKey("The certificate's key."),
    }),
    routes: z.object({ port: port('`/routes` listener, on 127.0.0.1 only.', 8082) }),
  }),
  healthcheck_user_agent: text(
    'Requests to the HTTP listener with this User-Agent are health checks.',
    'HTTP-Monitor/1.1',
  ),
  healthcheck_poll_interval: noEffect(
    anyDuration('Time between health checks.', '10s'),
    'gorouter reads it and leaves it unused; it is for the process that checks',
  ),
  healthcheck_timeout: noEffect(
    anyDuration('Longest time a health check may take.', '5s'),
    'gorouter reads it and leaves it unused; it is for the process that checks',
  ),
  load_balancer_healthy_threshold: noEffect(
    complaining(
      duration('How long load balancers take to find a new router healthy.', {
        gorouter: '0s',
        recommended: '20s',
      }),
      'Invalid load balancer healthy threshold',
    ),
    'gorouter only checks it; it is for the script that runs after the start',
  ),
};
