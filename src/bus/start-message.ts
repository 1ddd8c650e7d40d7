import type { NetworkInterfaceInfo } from 'node:os';

export interface StartMessageOptions {
  /** This router's number among its peers. */
  readonly index: number;
  /** One per process. */
  readonly uuid: string;
  readonly localAddress: string;
  /** Milliseconds between the heartbeats that clients are asked for (`start_response_delay_interval`). */
  readonly minimumRegisterInterval: number;
  /** Milliseconds (`droplet_stale_threshold`). */
  readonly pruneThreshold: number;
}

/** The body of `router.start` and of the answer to `router.greet` (docs/compatibility.md §1.4). */
export function startMessage(options: StartMessageOptions): Uint8Array {
  const message = {
    id: `${options.index}-${options.uuid}`,
    hosts: [options.localAddress],
    minimumRegisterIntervalInSeconds: Math.floor(options.minimumRegisterInterval / 1000),
    pruneThresholdInSeconds: Math.floor(options.pruneThreshold / 1000),
  };
  return new TextEncoder().encode(JSON.stringify(message));
}

/** First IPv4 address that is not loopback; `127.0.0.1` on a machine without any. */
export function localAddress(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string {
  const addresses = Object.values(interfaces).flatMap((entries) => entries ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
