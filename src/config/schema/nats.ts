import { z } from 'zod';
import {
  certificates,
  count,
  flag,
  integer,
  list,
  noEffect,
  privateKey,
  REQUIRED,
  secret,
  text,
} from './field.ts';
import { anyDuration } from './lenient.ts';

/** The bus, and what the router says of itself there. */
export const natsKeys = {
  nats: z.object({
    hosts: list(
      z.object({
        hostname: text('Name or address of a NATS server.', REQUIRED),
        port: integer(1, 65_535, 'Its client port.', REQUIRED),
      }),
      'servers',
      'The NATS cluster to listen on. An empty list: the router serves a bus of its own, see `cellgate.bus`.',
      { gorouter: [{ hostname: 'localhost', port: 4222 }], recommended: [] },
    ),
    user: text('User name at the NATS servers.', ''),
    pass: secret('Password at the NATS servers.'),
    tls_enabled: flag('Whether to speak TLS to the NATS servers; needs the three keys below.', false),
    ca_certs: certificates('Who may have signed the certificates of the NATS servers.'),
    cert_chain: certificates('Certificate shown to the NATS servers.'),
    private_key: privateKey("The certificate's key."),
  }),
  nats_client_ping_interval: anyDuration(
    'Time between pings to the NATS server; two without an answer mean it is lost. 0: it is sent none.',
    '20s',
  ),
  index: count('Number of this router among its equals; first part of its id on the bus.', 0),
  start_response_delay_interval: anyDuration(
    'Time to gather routes before the HTTP listener opens; also the heartbeat interval asked of registering agents.',
    { gorouter: '5s', recommended: '20s' },
  ),
  publish_start_message_interval: noEffect(
    anyDuration('Time between start messages.', '30s'),
    'gorouter leaves it unused: the message is sent at the start and after each reconnection',
  ),
  publish_active_apps_interval: anyDuration(
    'Time between messages that name the applications that had requests; 0: none.',
    '0s',
  ),
};
