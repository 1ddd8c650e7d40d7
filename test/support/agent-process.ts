import { chmodSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { CellgateProcess, temporaryDirectory } from './cellgate-process.ts';
import { startNatsServer } from './nats-server.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** A router's side of the bus. */
export class RouterSide {
  readonly connection: NatsConnection;
  /** What was said last of each message. */
  readonly #known = new Map<string, string>();
  readonly #messages: AsyncIterator<{ subject: string; string(): string }>;

  private constructor(connection: NatsConnection) {
    this.connection = connection;
    this.#messages = connection.subscribe('router.*')[Symbol.asyncIterator]();
  }

  static async start(t: Ending, options: NodeConnectionOptions): Promise<RouterSide> {
    const connection = await connect(options);
    t.onTestFinished(() => connection.close());
    const side = new RouterSide(connection);
    await connection.flush();
    return side;
  }

  /**
   * The next registration or unregistration that is news, as `verb uri,…`: heartbeats come at times that are left to
   * chance.
   */
  async next(): Promise<string> {
    for (;;) {
      const known = new Map(this.#known);
      const [verb, text] = await this.message();
      if (known.get(text) !== verb) return `${verb} ${JSON.parse(text).uris.join()}`;
    }
  }

  /** The next of them, heartbeats too. */
  async each(): Promise<string> {
    const [verb, text] = await this.message();
    return `${verb} ${JSON.parse(text).uris.join()}`;
  }

  /** The same with its text. */
  async message(): Promise<[verb: string, text: string]> {
    for (;;) {
      const { value, done } = await this.#messages.next();
      if (done) throw new Error('the bus is gone');
      const verb = value.subject.replace('router.', '');
      if (!verb.endsWith('register')) continue;
      this.#known.set(value.string(), verb);
      return [verb, value.string()];
    }
  }

  /** Reads on until it is this one. */
  async until(said: string): Promise<void> {
    while ((await this.each()) !== said);
  }

  /** As a router that starts: it knows nothing yet. */
  announce(): void {
    this.#known.clear();
    this.connection.publish(
      'router.start',
      '{"minimumRegisterIntervalInSeconds":20,"pruneThresholdInSeconds":120}',
    );
  }
}

/** A folder of an agent's own, and what it is told. */
export class AgentBed {
  readonly folder: string;
  readonly #t: Ending;

  constructor(t: Ending) {
    this.#t = t;
    this.folder = temporaryDirectory(t);
  }

  /** Starts an agent with this configuration; further ones have the same state folder. */
  start(config: object | string, ...options: string[]): CellgateProcess {
    const path = this.write(
      'registrar_settings.json',
      typeof config === 'string' ? config : JSON.stringify(config),
    );
    return this.run('--configPath', path, '-logLevel=debug', ...options);
  }

  run(...args: string[]): CellgateProcess {
    return new CellgateProcess(this.#t, ['agent', ...args], tmpdir(), { CELLGATE_STATE_DIR: this.folder });
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** A script in sh; its path. */
  script(name: string, body: string): string {
    const path = this.write(name, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
    return path;
  }
}

/** A configuration for one bus, with routes that lack what they all have. */
export function registrarConfig(port: number, ...routes: object[]): object {
  return {
    message_bus_servers: [{ host: `127.0.0.1:${port}`, user: '', password: '' }],
    host: '10.0.0.5',
    routes: routes.map((route) => ({ ...SHOP, ...route })),
  };
}

const SHOP = { name: 'shop', port: 8080, uris: ['shop.test'], registration_interval: '1h' };

/** A nats-server of its own with a router's side of it, and agents to start beside them. */
export async function startPlatform(t: Ending) {
  const server = await startNatsServer();
  t.onTestFinished(() => server.close());
  const router = await RouterSide.start(t, { servers: `127.0.0.1:${server.port}` });
  return { server, router, agents: new AgentBed(t) };
}
