import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ANY_CORE } from '../bed.ts';
import { CannotStart } from '../cannot-start.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';
import type { Site } from './figure.ts';

const PATIENCE_MS = 10_000;

/** Starts a nats-server; resolves with its port. @throws CannotStart where there is none */
export async function startNats({ bed }: Site): Promise<number> {
  const command = findProgram('nats-server');
  if (!command) throw new CannotStart('nats-server is not installed: apt-get install nats-server');
  const [port] = (await freePorts(1)) as [number];
  const server = bed.start('nats', ANY_CORE, command, ['--addr', '127.0.0.1', '--port', String(port)]);
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    try {
      await once(socket, 'data');
      return port;
    } catch {
      const ending = server.ending();
      if (ending !== undefined) throw new CannotStart(ending);
      if (performance.now() > deadline) throw new CannotStart('nats-server cannot be reached');
      await delay(20);
    } finally {
      socket.destroy();
    }
  }
}
