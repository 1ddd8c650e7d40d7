import { networkInterfaces } from 'node:os';
import { type BusTls, busTls } from '../../bus/bus-tls.ts';
import type { BusClient } from '../../bus/client.ts';
import { type BusServer, connectBus } from '../../bus/connect-bus.ts';
import { localAddress, startMessage } from '../../bus/start-message.ts';
import type { Config } from '../../config/schema.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { registerInterval } from '../settings/register-interval.ts';

/** What a ping interval of 0 is to the library; a timer takes no more. */
const NEVER_MS = 2 ** 31 - 1;

export interface RouterBusOptions {
  readonly config: Config;
  readonly servers: readonly BusServer[];
  /** See `BusOptions`; undefined: none. */
  readonly token: string | undefined;
  readonly log: ComponentLog;
  onClosed(): void;
}

/** How long it is looked for. */
export interface BusSearch {
  readonly attempts: number;
  /** Milliseconds between two of them. */
  readonly attemptInterval: number;
  readonly end: AbortSignal;
  /** See `BusOptions`. */
  onMissed?(): void;
}

/** The bus as the configuration has it. @throws {BusUnreachable | BusTlsInvalid} */
export function connectRouterBus(
  { config, servers, token, log, onClosed }: RouterBusOptions,
  search: BusSearch,
): Promise<BusClient> {
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
    ...search,
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
    minimumRegisterInterval: registerInterval(config),
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
