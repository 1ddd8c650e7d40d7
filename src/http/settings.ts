import type { HeadLimits } from './message/head-parser.ts';

/** What the configuration says about carrying HTTP. Plain data: it crosses to the proxy threads as it is. Times in ms, 0 is never. */
export interface HttpSettings {
  readonly requestHead: HeadLimits;
  readonly responseHead: HeadLimits;
  /** `endpoint_timeout`: one attempt, from its first byte to the last of both bodies. */
  readonly endpointTimeout: number;
  readonly dialTimeout: number;
  /** `frontend_idle_timeout`: a client connection between requests. */
  readonly downstreamIdleTimeout: number;
  /** `read_header_timeout`: from the first byte of a request head to its last. */
  readonly headTimeout: number;
  readonly maxAttempts: number;
  readonly backendKeepAlive: boolean;
  /** `max_idle_conns_per_host`, in each proxy thread. */
  readonly maxIdlePerBackend: number;
  readonly emptyPoolIs503: boolean;
  readonly forceForwardedProtoHttps: boolean;
  readonly sanitizeForwardedProto: boolean;
  /** Lower-case names a client cannot have removed by naming them in Connection. */
  readonly protectedNames: readonly string[];
  /** Seconds a backend counts as failed after a connection to it could not be made. */
  readonly failureMarkSeconds: number;
  readonly logForwardedFor: boolean;
  readonly logSourceAddress: boolean;
}
