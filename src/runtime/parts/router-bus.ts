import { networkInterfaces } from 'node:os';
import { type BusTls, busTls } from '../../bus/bus-tls.ts';
import type { BusClient } from '../../bus/client.ts';
import { type BusServer, connectBus } from '../../bus/connect-bus.ts';
import { localAddress, startMessage } from '../../bus/start-message.ts';
import type { Config } from '../../config/schema.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';

/** Of the first connection to the bus (docs/compatibility.md §1.1). */
const ATTEMPTS = 3;
const ATTEMPT_INTERVAL_MS = 100;
/** What a ping interval of 0 is to the library; a timer takes no more. */
const NEVER_MS = 2 ** 31 - 1;
/** Asked of registering agents by a router that itself starts without waiting for them. */
const DEFAULT_REGISTER_INTERVAL_MS = 20_000;

export interface RouterBusOptions {
  readonly config: Config;
  readonly servers: readonly BusServer[];
  /** See `BusOptions`; undefined: none. */
  readonly token: string | undefined;
  readonly log: ComponentLog;
  onClosed(): void;
}

/** The bus as the configuration has it. @throws {BusUnreachable | BusTlsInvalid} */
export function connectRouterBus(options: RouterBusOptions): Promise<BusClient> {
  const { config, servers, token, log, onClosed } = options;
  const { nats } = config;
  log.info('setting-up-nats-connection');
  const tls = nats.tls_enabled && nats.hosts.length > 0 ? tlsOf(config) : null;
  return connectBus({
    servers,
    user: nats.user,
    pass: nats.pass,
    ...(tls !== null && { tls }),
    ...(token !== undefined && { token }),
    pingInterval: config.nats_client_ping_interval || NEVER_MS,
    attempts: ATTEMPTS,
    attemptInterval: ATTEMPT_INTERVAL_MS,
    log: log.child('nats'),
    onClosed,
  });
}

/** What the router says of itself there. */
export function routerStartMessage(config: Config, uuid: string): Uint8Array {
  return startMessage({
    index: config.index,
    uuid,
    localAddress: localAddress(networkInterfaces()),
    minimumRegisterInterval: config.start_response_delay_interval || DEFAULT_REGISTER_INTERVAL_MS,
    pruneThreshold: config.droplet_stale_threshold,
  });
}

function tlsOf({ nats }: Config): BusTls {
  const { hosts, ca_certs, cert_chain, private_key } = nats;
  const files = { caCerts: ca_certs, certChain: cert_chain, privateKey: private_key };
  return busTls(
    files,
    hosts.map(({ hostname }) => hostname),
  );
}
