/** A thread of clients over TLS, one after the other: each asks, and resets a moment later, whatever has come by then. */
import { connect } from 'node:net';
import { connect as secure } from 'node:tls';
import { workerData } from 'node:worker_threads';

export interface Resetting {
  readonly port: number;
  readonly count: number;
  readonly request: string;
}

const { port, count, request } = workerData as Resetting;

function reset(): Promise<void> {
  return new Promise((resolve) => {
    const raw = connect({ port, host: '127.0.0.1' });
    const socket = secure({ socket: raw, rejectUnauthorized: false }, () => {
      socket.write(request);
      setTimeout(() => {
        raw.resetAndDestroy();
        socket.destroy();
      });
    });
    raw.on('error', () => {});
    socket.on('error', () => {});
    raw.on('close', () => resolve());
  });
}

for (let done = 0; done < count; done++) await reset();
