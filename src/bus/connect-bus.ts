import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { hostPort } from '../address/host-port.ts';
import type { BusTls } from './bus-tls.ts';
import { BusClient, type BusClientOptions } from './client.ts';
import { closeFailedDials } from './failed-dials.ts';
import { lookUpServersApart } from './server-names.ts';

export interface BusOptions extends BusClientOptions {
  readonly servers: readonly BusServer[];
  /** Empty: no authentication. */
  readonly user: string;
  readonly pass: string;
  /** By which an embedded bus knows its router, besides the login; a secret. Default: none. */
  readonly token?: string;
  /** Default: plain text. With it, a server that does not speak TLS is refused. */
  readonly tls?: BusTls;
  /** Of the first connection; later ones are tried for ever. */
  readonly attempts: number;
  /** Milliseconds. */
  readonly attemptInterval: number;
  /** Ends the search for the first connection: it rejects then. */
  readonly end?: AbortSignal;
  /** No server took the connection in one of the attempts. */
  onMissed?(): void;
  /** Milliseconds between two attempts on the same server to be connected again, at most; default 2000. */
  readonly reconnectWait?: number;
  /** Of that wait, the part that is left to chance, from 0 to 1; default 0.05. */
  readonly reconnectJitter?: number;
}

export interface BusServer {
  readonly hostname: string;
  readonly port: number;
}

/** The bus could not be reached at start; the message is one sentence for the operator. */
export class BusUnreachable extends Error {
  override readonly name = 'BusUnreachable';
}

const DIAL_TIMEOUT = 2_000;
const RECONNECT_WAIT = 2_000;
/** Of that wait: routers that lost their bus together do not come back together. */
const RECONNECT_JITTER = 0.05;

/** @throws {BusUnreachable} when no server took the connection in any of the attempts, or at the end of the search. */
export async function connectBus(options: BusOptions): Promise<BusClient> {
  lookUpServersApart();
  closeFailedDials();
  const servers = options.servers.map(({ hostname, port }) => hostPort(hostname, port));
  for (let attempt = 1; ; attempt++) {
    try {
      const connection = await dial(servers, options);
      if (options.end?.aborted) await connection.close();
      options.end?.throwIfAborted();
      keepAll(connection, servers);
      return new BusClient(connection, options);
    } catch (error) {
      options.onMissed?.();
      if (attempt < options.attempts && !options.end?.aborted) {
        await delay(options.attemptInterval, undefined, { signal: options.end }).catch(() => {});
      } else throw new BusUnreachable(sentence(servers, attempt, error), { cause: error });
    }
  }
}

function dial(servers: string[], options: BusOptions): Promise<NatsConnection> {
  const { user, pass, token, tls, pingInterval } = options;
  const { reconnectWait = RECONNECT_WAIT, reconnectJitter = RECONNECT_JITTER } = options;
  return connect({
    servers,
    ...(user !== '' && { user, pass }),
    ...(token !== undefined && { token }),
    name: 'cellgate',
    // Without: plain text as configured, even if the server offers TLS with a certificate nobody here can check.
    tls: tls ?? null,
    timeout: DIAL_TIMEOUT,
    pingInterval,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: () => Math.floor(reconnectWait * (1 - reconnectJitter * Math.random())),
    ignoreAuthErrorAbort: true,
  });
}

/** Servers that fail in the first dial are taken off the library's list for good; they may be back later. */
function keepAll(connection: NatsConnection, servers: readonly string[]): void {
  const known = connection.getServers().map(({ listen }) => listen);
  connection.setServers([...new Set([...servers, ...known])]);
}

function sentence(servers: readonly string[], attempts: number, error: unknown): string {
  const cause = error instanceof Error ? error.message : String(error);
  return `cannot connect to NATS at ${servers.join(', ')} after ${attempts} attempts: ${cause}`;
}
