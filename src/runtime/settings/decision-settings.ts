import { busTls } from '../../bus/bus-tls.ts';
import type { Config } from '../../config/schema.ts';
import type { DecisionSettings } from '../../decisions/chosen-store.ts';

/** Between pings to a NATS for decisions alone: it is to be noticed soon when it is away. Milliseconds. */
const PING_INTERVAL_MS = 5000;

/** Where decisions are kept. @throws {BusTlsInvalid} */
export function decisionSettings(config: Config): DecisionSettings {
  const { store, replicas, hosts, user, pass, tls_enabled, ...pem } = config.cellgate.decisions;
  if (hosts.length === 0) return { store, replicas, servers: null };
  const files = { caCerts: pem.ca_certs, certChain: pem.cert_chain, privateKey: pem.private_key };
  const hostnames = hosts.map(({ hostname }) => hostname);
  const tls = tls_enabled ? busTls(files, hostnames, 'cellgate.decisions') : null;
  const servers = {
    servers: hosts,
    user,
    pass,
    pingInterval: PING_INTERVAL_MS,
    ...(tls !== null && { tls }),
  };
  return { store, replicas, servers };
}
