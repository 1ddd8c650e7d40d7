/** The ports a running router listens on; `null` is not open. */
export interface Addresses {
  /** 0 with `disable_http`. */
  readonly http: number;
  readonly https: number | null;
  readonly health: number | null;
  /** `status.tls.port` */
  readonly tlsHealth: number | null;
  readonly routes: number;
  /** `prometheus.port` */
  readonly metrics: number | null;
  /** `debug_addr` */
  readonly debug: number | null;
  /** `cellgate.admin.port` */
  readonly admin: number | null;
  /** The built-in bus. */
  readonly bus: number | null;
}
