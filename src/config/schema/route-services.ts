import { z } from 'zod';
import { certificates, flag, noEffect, port, privateKey, secret, texts } from './field.ts';
import { anyCount, anyDuration } from './lenient.ts';

export const routeServiceKeys = {
  route_services_secret: secret(
    'Signs and encrypts what route services carry back; empty: no route services.',
  ),
  route_services_secret_decrypt_only: secret(
    'The secret before, still taken from services that were called with it.',
  ),
  route_services_timeout: anyDuration('How long a signature holds.', '60s'),
  route_services_recommend_https: flag('Whether X-CF-Forwarded-Url begins with `https`.', {
    gorouter: false,
    recommended: true,
  }),
  route_services_hairpinning: flag(
    'Whether a route service that is itself a route here is reached without leaving the router.',
    false,
  ),
  route_services_hairpinning_allowlist: texts(
    'hosts',
    'The only hosts for which that holds; empty: all.',
    [],
  ),
  route_services_internal_server_port: noEffect(
    port('Local listener for that.', 7070),
    'the second pass needs no connection',
  ),
  route_services: z.object({
    max_attempts: anyCount('How often a route service is tried per request; 0 counts as 1.', {
      gorouter: 0,
      recommended: 3,
    }),
    strict_signature_validation: flag(
      'Whether a request with a signature that does not hold is refused.',
      false,
    ),
    enable_websockets: flag('Whether WebSockets go through route services.', true),
    cert_chain: certificates('Certificate shown to route services.'),
    private_key: privateKey("The certificate's key."),
  }),
};
