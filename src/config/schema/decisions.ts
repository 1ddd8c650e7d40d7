import { z } from 'zod';
import { certificates, choice, flag, integer, list, privateKey, REQUIRED, secret, text } from './field.ts';

const STORES = ['auto', 'jetstream', 'file', 'none'] as const;
/** NATS takes no more. */
const MAX_REPLICAS = 5;

/** Keys below `cellgate.decisions`: where it is kept what operators decide. */
export const decisionKeys = {
  store: choice(
    STORES,
    'Where decisions of operators are kept: in JetStream for many routers, in a file for one; `auto`: in JetStream where NATS has it, else in a file as long as there is no other router.',
    'auto',
  ),
  hosts: list(
    z.object({
      hostname: text('Name or address of a NATS server.', REQUIRED),
      port: integer(1, 65_535, 'Its client port.', REQUIRED),
    }),
    'servers',
    'A NATS cluster with JetStream for decisions alone; it must be the same for all routers. An empty list: the NATS of routes.',
    [],
  ),
  user: text('User name at those NATS servers.', ''),
  pass: secret('Password at those NATS servers.'),
  replicas: integer(
    1,
    MAX_REPLICAS,
    'NATS servers that keep the decisions; used when they are first kept.',
    1,
  ),
  tls_enabled: flag('Whether to speak TLS to those NATS servers; needs the three keys below.', false),
  ca_certs: certificates('Who may have signed the certificates of those NATS servers.'),
  cert_chain: certificates('Certificate shown to those NATS servers.'),
  private_key: privateKey("The certificate's key."),
};
