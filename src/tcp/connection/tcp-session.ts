/** A connection that a client has. */
export interface TcpSession {
  readonly port: number;
  /** That it named in its TLS handshake; empty: none. */
  readonly serverName: string;
  /** `address:port` as the client has it, or its proxy says. */
  readonly client: string;
  /** Empty: it has none yet. */
  readonly backend: string;
  readonly instanceId: string;
  /** Milliseconds. */
  readonly age: number;
  /** Bytes. */
  readonly fromClient: number;
  readonly fromBackend: number;
}
