import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ANY_CORE, type Daemon } from '../../bed.ts';
import { CannotStart } from '../../cannot-start.ts';
import { findProgram } from '../../find-program.ts';
import { freePorts } from '../../free-ports.ts';
import type { Site } from '../figure.ts';

const PATIENCE_MS = 10_000;

/** A nats-server that is killed, and comes back at the same port, with what JetStream has kept. */
export class MortalBus {
  readonly port: number;
  readonly #site: Site;
  readonly #command: string;
  readonly #hasStore: boolean;
  #server: Daemon | null = null;
  #runs = 0;

  private constructor(site: Site, command: string, port: number, hasStore: boolean) {
    this.#site = site;
    this.#hasStore = hasStore;
    this.#command = command;
    this.port = port;
  }

  /**
   * Resolves when it can be reached.
   * @param hasStore whether it has JetStream
   * @throws CannotStart where there is no nats-server
   */
  static async start(site: Site, hasStore = false): Promise<MortalBus> {
    const command = findProgram('nats-server');
    if (!command) throw new CannotStart('nats-server is not installed: apt-get install nats-server');
    const [port] = (await freePorts(1)) as [number];
    const bus = new MortalBus(site, command, port, hasStore);
    await bus.come();
    return bus;
  }

  /** Resolves when it can be reached. */
  async come(): Promise<void> {
    const store = this.#hasStore ? ['-js', '-sd', join(this.#site.bed.directory, 'jetstream')] : [];
    const args = ['--addr', '127.0.0.1', '--port', String(this.port), ...store];
    const server = this.#site.bed.start(`nats-${++this.#runs}`, ANY_CORE, this.#command, args);
    this.#server = server;
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await greets(this.port))) {
      const ending = server.ending();
      if (ending !== undefined) throw new CannotStart(ending);
      if (performance.now() > deadline) throw new CannotStart('nats-server cannot be reached');
      await delay(20);
    }
  }

  /** Killed; resolves when it is gone. */
  async leave(): Promise<void> {
    const server = this.#server!;
    this.#site.say('kill -9 of the bus');
    process.kill(server.pid, 'SIGKILL');
    while (server.ending() === undefined) await delay(5);
  }
}

async function greets(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
