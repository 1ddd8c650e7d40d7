import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { AppLog } from './access-log.ts';
import { logMessage } from './dropsonde.ts';

/** Bytes that wait to be sent; envelopes beyond are dropped and counted. */
const MAX_WAITING_BYTES = 1 << 20;

export interface MetronAddress {
  readonly host: string;
  readonly port: number;
}

/** Sends envelopes to Loggregator's agent. A router without one must not suffer: what cannot be sent is counted, no more. */
export class Metron {
  readonly #address: MetronAddress;
  readonly #onDropped: () => void;
  readonly #socket: Socket;

  constructor(address: MetronAddress, onDropped: () => void) {
    this.#address = address;
    this.#onDropped = onDropped;
    this.#socket = createSocket(isIPv6(address.host) ? 'udp6' : 'udp4');
    this.#socket.on('error', () => {});
    this.#socket.unref();
  }

  send(envelope: Buffer): void {
    if (this.#socket.getSendQueueSize() > MAX_WAITING_BYTES) {
      this.#onDropped();
      return;
    }
    this.#socket.send(envelope, this.#address.port, this.#address.host, (error) => {
      if (error !== null) this.#onDropped();
    });
  }

  close(): void {
    this.#socket.close();
  }
}

/** `logging.loggregator_enabled`: applications see who asked them what. */
export function loggregatorLog(metron: Metron, sourceInstance: string): AppLog {
  return {
    write: (appId, line, tags) =>
      metron.send(
        logMessage({ appId, message: Buffer.from(line, 'latin1'), sourceInstance, tags }, unixNanoseconds()),
      ),
    close: () => metron.close(),
  };
}

export function unixNanoseconds(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
