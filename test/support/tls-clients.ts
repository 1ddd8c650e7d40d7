import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { DomainRules } from '../../src/http/policy/client-certificate.ts';
import type { FrontTlsSettings, HttpSettings } from '../../src/http/settings.ts';
import { Authority, type Identity } from './certificates.ts';
import { frontTlsOf } from './front-tls.ts';
import { get, RawClient, type RawMessage } from './raw-http.ts';

/** Who has signed what the router shows. */
export const servers = new Authority('/CN=Servers');
const front = servers.issue({ subject: '/CN=front', names: 'DNS:app.test' });

/** TLS for clients with one certificate, which is not asked for any of theirs. */
export const FRONT: FrontTlsSettings = { ...frontTlsOf(front), http2: false };

export type DomainWishes = Partial<DomainRules> & { readonly name: string; readonly ca: string };

/** A router's settings with these domains. */
export function withDomains(domains: readonly DomainWishes[], tls: Partial<FrontTlsSettings> = {}) {
  return {
    frontTls: { ...FRONT, domains: domains.map(({ name, ca }) => ({ name, clientCa: ca })), ...tls },
    domains: domains.map(({ name, forwardedClientCert = 'sanitize_set', format = 'raw' }) => ({
      name,
      forwardedClientCert,
      format,
    })),
  } satisfies Partial<HttpSettings>;
}

/** Resolves with a client whose handshake is done as far as it can tell, which in TLS 1.3 is before the server's verdict. */
export async function secure(
  port: number,
  servername: string,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    ca: servers.cert,
    servername,
    checkServerIdentity: () => undefined,
    ...options,
  });
  await once(socket, 'secureConnect');
  return socket;
}

/** The answer to one request over a connection of its own. */
export async function askOver(
  port: number,
  servername: string,
  host: string,
  options: ConnectionOptions = {},
  lines: readonly string[] = [],
): Promise<RawMessage> {
  const client = new RawClient(await secure(port, servername, options));
  try {
    return await client.send(get(host, '/', lines)).response();
  } finally {
    client.close();
  }
}

/** That the handshake fails, or the connection closes before anything is answered. */
export async function assertNoEntry(
  port: number,
  servername: string,
  options: ConnectionOptions = {},
  message = /./,
): Promise<void> {
  await assert.rejects(askOver(port, servername, servername, options), message);
}

/** The session a client may go on with, told in TLS 1.3 after the handshake. */
export async function sessionOf(socket: TLSSocket, host: string): Promise<Buffer> {
  const told = once(socket, 'session') as Promise<[Buffer]>;
  const client = new RawClient(socket);
  await client.send(get(host)).response();
  const [session] = socket.getProtocol() === 'TLSv1.3' ? await told : [socket.getSession()!];
  client.close();
  return session;
}

export function shown({ cert, key }: Identity): ConnectionOptions {
  return { cert, key };
}
