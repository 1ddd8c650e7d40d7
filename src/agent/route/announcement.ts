/** What is said of an endpoint, and where. */
export type Announcement = BusAnnouncement | ApiAnnouncement;

/** By `router.register` and `router.unregister` on the bus. */
export interface BusAnnouncement {
  readonly kind: 'bus';
  /** What requests have to ask for; of a TCP route `tcp:PORT`, with `/NAME` behind it for a server name. */
  readonly uris: readonly string[];
  /** `host:port` of the endpoint. */
  readonly address: string;
  /** The message as it is sent, in this order; `undefined` is left out. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** By the routing API: a TCP route, or one by server name. */
export interface ApiAnnouncement {
  readonly kind: 'routing-api';
  readonly uris: readonly string[];
  readonly address: string;
  /** By its name. */
  readonly routerGroup: string;
  /** From 1 to 65535. */
  readonly externalPort: number;
  readonly host: string;
  /** 0: none. */
  readonly port: number;
  /** -1: none. */
  readonly tlsPort: number;
  /** Empty: every connection to the port. */
  readonly sniHostname: string;
  readonly sniRewrite: string;
  readonly terminatesFrontendTls: boolean;
  readonly enablesBackendTls: boolean;
  /** Sorted, with commas between them. */
  readonly alpns: string;
}

/** For logs and terminals. */
export function announcedAs({ uris, address }: Announcement): string {
  return `${uris.join(', ')} for ${address}`;
}
