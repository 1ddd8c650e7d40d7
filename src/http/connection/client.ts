import type { Socket } from 'node:net';
import { plainAddress } from '../../network/plain-address.ts';
import type { ClientCertificate } from '../policy/client-certificate.ts';

/** Which of the listening sockets a connection came in by. */
export type Door = 'http' | 'https';

/** Who is at the other end: the connection's peer, or the client that a PROXY header names. */
export interface ClientAddress {
  readonly ip: string;
  readonly port: number;
}

/** A connection over which HTTP/1.1 is to be spoken. */
export interface Client extends ClientAddress {
  readonly scheme: 'http' | 'https';
  /** Whether it is a proxy known by its address, which many clients share. */
  readonly isProxy: boolean;
  /** What the two agreed on in the TLS handshake. */
  readonly protocol: 'http/1.1' | 'h2';
  readonly socket: Socket;
  /** The TCP connection: the same, unless TLS lies over it. */
  readonly raw: Socket;
  /** What the client proved to be, with mutual TLS. */
  readonly certificate: ClientCertificate | null;
  /** The host it named in the handshake; empty: none. */
  readonly serverName: string;
  /** The domain whose rules for client certificates it has met; empty: none. */
  readonly domain: string;
}

export function peerAddress(socket: Socket): ClientAddress {
  return { ip: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
}
