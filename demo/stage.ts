import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../bench/find-program.ts';
import type { Children } from './children.ts';
import { haproxyFile } from './haproxy-file.ts';
import { portLike } from './ports.ts';
import { type RouterPlan, routerFile } from './router-file.ts';

export const LAUNCHER = fileURLToPath(new URL('../bin/cellgate', import.meta.url));
const APPLICATION = fileURLToPath(new URL('application.ts', import.meta.url));
export const HOST = 'shop.localhost';

/** Sets up what there is to see, in the folder of the demonstration. */
export class Stage {
  readonly #folder: string;
  readonly #children: Children;
  /** What the agent reads. */
  readonly #routes: string;
  /** One for all routers, new each time. */
  readonly token = randomBytes(12).toString('hex');
  /** What is not installed, and what becomes of that, a sentence each. */
  readonly missing: string[] = [];

  constructor(folder: string, children: Children) {
    this.#folder = folder;
    this.#children = children;
    this.#routes = join(folder, 'routes');
  }

  /** The port of the bus; null: nats-server is not installed. */
  async nats(): Promise<number | null> {
    const program = findProgram('nats-server');
    if (program === undefined) {
      this.missing.push(
        'nats-server is not installed: the one router has a bus of its own, and there is no second',
      );
      return null;
    }
    const port = await portLike(4222);
    const store = join(this.#folder, 'jetstream');
    this.#children.start('nats-server', program, [
      '-a',
      '127.0.0.1',
      '-p',
      String(port),
      '-js',
      '-sd',
      store,
    ]);
    return port;
  }

  /** Two that share the bus, or one that has it. */
  async routers(nats: number | null): Promise<[RouterPlan, ...RouterPlan[]]> {
    const first = await this.#router(0, nats);
    return nats === null ? [first] : [first, await this.#router(1, nats)];
  }

  async #router(index: number, nats: number | null): Promise<RouterPlan> {
    const folder = join(this.#folder, `router-${index}`);
    // Only its owner may look: it will hold the token of the admin address.
    mkdirSync(folder, { mode: 0o700 });
    const base = 8080 + 10 * index;
    const plan: RouterPlan = {
      index,
      health: await portLike(base),
      http: await portLike(base + 1),
      routes: await portLike(base + 2),
      admin: await portLike(base + 3),
      bus: await portLike(4223),
      nats,
      token: this.token,
      folder,
    };
    const file = join(folder, 'gorouter.yml');
    writeFileSync(file, routerFile(plan));
    this.#children.start(`router-${index}`, LAUNCHER, ['-c', file]);
    return plan;
  }

  /** One for the machine: it reads what there is to announce from the files in a folder. */
  agent(bus: number): void {
    mkdirSync(this.#routes);
    const file = join(this.#folder, 'agent.json');
    const config = {
      message_bus_servers: [{ host: `127.0.0.1:${bus}` }],
      host: '127.0.0.1',
      dynamic_config_globs: [join(this.#routes, '*.yml')],
    };
    writeFileSync(file, JSON.stringify(config, null, 2));
    const states = join(this.#folder, 'agent');
    this.#children.start('agent', LAUNCHER, ['agent', '-c', file, '--state-dir', states]);
  }

  /** Two instances of an application, for the agent to find. */
  async application(name: string): Promise<void> {
    const routes: object[] = [];
    for (const index of [0, 1]) {
      const port = await portLike(3000);
      const instance = `${name}-${index}`;
      this.#children.start(instance, process.execPath, [APPLICATION], { PORT: String(port), NAME: instance });
      routes.push({
        name: instance,
        port,
        uris: [HOST],
        registration_interval: '20s',
        cellgate: {
          app: name,
          instance_id: instance,
          instance_index: String(index),
          check: { http: '/', interval: '1s' },
          drain_time: '1s',
        },
      });
    }
    // JSON is YAML.
    writeFileSync(join(this.#routes, `${name}.yml`), JSON.stringify({ routes }, null, 2));
  }

  /** Its port, or null: HAProxy is not installed. */
  async haproxy(routers: readonly RouterPlan[]): Promise<number | null> {
    const program = findProgram('haproxy');
    if (program === undefined) {
      this.missing.push('HAProxy is not installed: requests go to the first router');
      return null;
    }
    const port = await portLike(8000);
    const file = join(this.#folder, 'haproxy.cfg');
    writeFileSync(file, haproxyFile(port, routers));
    this.#children.start('haproxy', program, ['-db', '-f', file]);
    return port;
  }
}
