/** The ports a running router listens on; `null` is not open. */
export interface Addresses {
  readonly http: number;
  readonly health: number | null;
  /** `status.tls.port` */
  readonly tlsHealth: number | null;
  readonly routes: number;
  /** `prometheus.port` */
  readonly metrics: number | null;
  /** The built-in bus. */
  readonly bus: number | null;
}
