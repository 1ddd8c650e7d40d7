import { z } from 'zod';
import { certificates, count, duration, flag, notYet, port, privateKey, secret, text } from './field.ts';

/** Routes from the routing API, and tokens for it from the UAA. */
export const routingApiKeys = {
  routing_api: z.object({
    uri: notYet(text('Address of the routing API; empty: not used.', '')),
    port: notYet(port('Its port; 0: not used.', 0)),
    auth_disabled: notYet(flag('Whether the routing API asks for no token.', false)),
    ca_certs: notYet(certificates('Who may have signed its certificate.')),
    cert_chain: notYet(certificates('Certificate shown to it.')),
    private_key: notYet(privateKey("The certificate's key.")),
  }),
  oauth: z.object({
    token_endpoint: notYet(text('Host of the UAA.', '')),
    port: notYet(port('Its port, with TLS.', 0)),
    skip_ssl_validation: notYet(flag('Whether to trust any certificate of the UAA.', false)),
    client_name: notYet(text('Name of the client at the UAA.', '')),
    client_secret: notYet(secret('Its secret.')),
    ca_certs: notYet(text("Path of a file with the UAA's certification authorities.", '')),
  }),
  token_fetcher_max_retries: notYet(count('How often a token is asked for again.', 3)),
  token_fetcher_retry_interval: notYet(duration('Time between those.', '5s')),
  token_fetcher_expiration_buffer_time: notYet(
    count('Seconds before its end at which a token is renewed.', 30),
  ),
};
