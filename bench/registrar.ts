import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Daemon } from './bed.ts';
import { CannotStart } from './cannot-start.ts';

const HEARTBEAT_SECONDS = 10;
const PATIENCE_MILLISECONDS = 20_000;

export interface Registrar {
  /** Whether heartbeats are sent; they are until told otherwise. */
  attend(sending: boolean): void;
}

/**
 * Publishes each message on `router.register` of the NATS server on a loopback port: all at once first, then
 * again every `seconds` (ten), spread evenly as those of many cells are, for as long as this process lives or until
 * what it resolves with is called.
 * @throws CannotStart when the process ends first, or nothing listens on the port
 */
export async function keepRegistered(
  daemon: Daemon,
  port: number,
  messages: readonly object[],
  seconds = HEARTBEAT_SECONDS,
): Promise<Registrar> {
  const frames = messages.map(publication);
  const socket = await reach(daemon, port);
  socket.setEncoding('utf8').on('data', (text: string) => {
    if (/^PING\r$/m.test(text)) socket.write('PONG\r\n');
    const refusal = /^-ERR.*$/m.exec(text)?.[0];
    if (refusal) process.stderr.write(`the bus of ${daemon.name} says ${refusal}\n`);
  });
  socket.on('error', () => socket.destroy());
  socket.write('CONNECT {"verbose":false,"pedantic":false,"name":"bench"}\r\n');
  socket.write(frames.join(''));

  const share = Math.ceil(frames.length / seconds);
  let next = 0;
  let sending = true;
  const heartbeat = setInterval(() => {
    if (!sending) return;
    socket.write(frames.slice(next, next + share).join(''));
    next = next + share < frames.length ? next + share : 0;
  }, 1000);
  heartbeat.unref();
  socket.on('close', () => clearInterval(heartbeat)).unref();
  return {
    attend(wanted) {
      sending = wanted;
    },
  };
}

function publication(message: object): string {
  const payload = JSON.stringify(message);
  return `PUB router.register ${Buffer.byteLength(payload)}\r\n${payload}\r\n`;
}

/** Connects to a port of the process as soon as something listens there. */
export async function reach(daemon: Daemon, port: number): Promise<Socket> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      const ending = daemon.ending();
      if (ending) throw new CannotStart(ending);
      if (performance.now() > deadline) {
        throw new CannotStart(
          `port ${port} of ${daemon.name} cannot be reached: ${(error as Error).message}`,
        );
      }
      await delay(50);
    }
  }
}
