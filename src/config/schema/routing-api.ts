import { z } from 'zod';
import { certificates, count, flag, port, privateKey, secret, text } from './field.ts';
import { anyCount, anyDuration } from './lenient.ts';

/** Routes from the routing API, and tokens for it from the UAA. */
export const routingApiKeys = {
  routing_api: z.object({
    uri: text('Address of the routing API, with its scheme; empty: there is none.', ''),
    port: port('Its port; 0: there is no routing API.', 0),
    auth_disabled: flag('Whether the routing API asks for no token.', false),
    ca_certs: certificates('Who may have signed its certificate; empty: the authorities of the system.'),
    cert_chain: certificates('Certificate shown to it; required with both `uri` and `port`.'),
    private_key: privateKey("The certificate's key."),
  }),
  oauth: z.object({
    token_endpoint: text('Host of the UAA.', ''),
    port: port('Its port, with TLS; required where the routing API asks for tokens.', 0),
    skip_ssl_validation: flag(
      'Whether to trust any certificate of the UAA; so does the other `skip_ssl_validation`.',
      false,
    ),
    client_name: text('Name of the client at the UAA.', ''),
    client_secret: secret('Its secret.'),
    ca_certs: text("Path of a file with the UAA's certification authorities.", ''),
  }),
  token_fetcher_max_retries: count(
    'How often a token is asked for again where the UAA fails; not where it refuses the client.',
    3,
  ),
  token_fetcher_retry_interval: anyDuration('Time between those.', '5s'),
  token_fetcher_expiration_buffer_time: anyCount('Seconds before its end at which a token is renewed.', 30),
};
