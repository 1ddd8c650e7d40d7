/** How it is found out whether an application is fit to serve. Times in milliseconds. */
export type Check = ScriptCheck | ProbeCheck;

/** Runs before every registration, which its end decides. */
export interface ScriptCheck {
  readonly kind: 'script';
  readonly name: string;
  readonly path: string;
  /** After which it is killed, with what it has started in its process group. */
  readonly timeout: number;
}

/** Asks the application at a pace of its own. */
export interface ProbeCheck {
  readonly kind: 'probe';
  readonly probe: Probe;
  readonly interval: number;
  readonly timeout: number;
  /** So many successes in a row make it healthy, from 1. */
  readonly rise: number;
  /** So many failures in a row make it unhealthy, from 1. */
  readonly fall: number;
  /** Before the first. */
  readonly startDelay: number;
}

export type Probe = TcpProbe | HttpProbe | GrpcProbe;

interface ProbeTarget {
  readonly host: string;
  readonly port: number;
}

export interface TcpProbe extends ProbeTarget {
  readonly kind: 'tcp';
}

export interface HttpProbe extends ProbeTarget {
  readonly kind: 'http';
  readonly tls: boolean;
  /** By which the certificate is asked for; empty: none. */
  readonly serverName: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Status codes that are well, both ends included. */
  readonly expect: readonly StatusRange[];
}

/** The standard health service, `grpc.health.v1`. */
export interface GrpcProbe extends ProbeTarget {
  readonly kind: 'grpc';
  readonly tls: boolean;
  readonly serverName: string;
  /** Empty: the server as a whole. */
  readonly service: string;
}

export type StatusRange = readonly [from: number, to: number];

export type CheckResult =
  | { readonly ok: true }
  /** @property reason what was found, for the log */
  | { readonly ok: false; readonly reason: string };

export function isExpected(status: number, expect: readonly StatusRange[]): boolean {
  return expect.some(([from, to]) => status >= from && status <= to);
}
