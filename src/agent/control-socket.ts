import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { on, once } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { Engine } from './engine.ts';
import type { HeldRoute } from './held-route.ts';
import { LineServer } from './line-server.ts';

/** What may be asked of an agent that runs, by others of the same user. */
export type AgentOrder =
  | { readonly order: 'drain' | 'undrain'; readonly route: string }
  | { readonly order: 'handover' | 'status' };

export type OrderAnswer =
  | {
      readonly ok: true;
      readonly routes: number;
      readonly status?: readonly RouteStatus[];
      /** Of an agent that hands over: the names of routes that a command has drained. */
      readonly drained?: readonly string[];
    }
  | {
      readonly ok: false;
      readonly error: string;
      /** Another agent has the routes now, or soon: it is to be asked again. */
      readonly hasLeft?: boolean;
    };

interface RouteStatus {
  readonly name: string;
  readonly uris: readonly string[];
  readonly address: string;
  readonly source: string;
  /** What routers should hear of it. */
  readonly phase: string;
  readonly health: string;
  readonly drain: string;
  readonly weight: number;
}

export interface ControlOptions {
  readonly engine: Engine;
  /** Another agent takes over: ends the engine without taking anything back, and the process after the answer. */
  handOver(): Promise<void>;
  /** The agent that has the folder does not answer: its socket is replaced all the same. */
  readonly replaces?: boolean;
}

const SOCKET = 'agent.sock';
/** What a socket's address has room for. Bytes. */
const LONGEST_PATH = 107;
const PATIENCE_MS = 2_000;

/** Where orders come in: a socket in the agent's state folder, for its owner alone. */
export class ControlSocket {
  readonly #server: LineServer;
  readonly #path: string;
  readonly #inode: number;
  #state: 'open' | 'closed' = 'open';

  private constructor(server: LineServer, path: string) {
    this.#server = server;
    this.#path = path;
    this.#inode = lstatSync(path).ino;
  }

  /** A text says why there is none. */
  static async open(folder: string, options: ControlOptions): Promise<ControlSocket | string> {
    const path = socketIn(folder);
    // When it is closed the path is removed on which it was opened: that must not be the one that others open next.
    const first = join(folder, `${randomUUID().slice(0, 8)}.sock`);
    if (Buffer.byteLength(first) > LONGEST_PATH)
      return `${path} is too long for a socket: choose another --state-dir`;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found !== undefined) {
        if (!found.isSocket()) return `${path} is no socket: choose another --state-dir`;
        if (options.replaces !== true && (await isAnswered(path))) {
          return `another agent runs with the state folder ${folder}: take over with --handover, or choose another --state-dir`;
        }
      }
      let control: ControlSocket | null = null;
      const handOver = async (): Promise<void> => {
        // Before the answer: whoever takes over opens one in its place.
        if (control !== null) control.#takeAway();
        await options.handOver();
      };
      const server = new LineServer({
        patience: PATIENCE_MS,
        answer: (line) => obeyed(line, { ...options, handOver }),
      });
      const mask = process.umask(0o177);
      try {
        await server.listen({ path: first });
      } finally {
        process.umask(mask);
      }
      chmodSync(first, 0o600);
      renameSync(first, path);
      control = new ControlSocket(server, path);
      return control;
    } catch (error) {
      return `${path} cannot be opened (${(error as Error).message}): choose another --state-dir`;
    }
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#takeAway();
    await this.#server.close();
  }

  /** Not that of an agent which has taken its place. */
  #takeAway(): void {
    if (lstatSync(this.#path, { throwIfNoEntry: false })?.ino === this.#inode) unlinkSync(this.#path);
  }
}

export function socketIn(folder: string): string {
  return join(folder, SOCKET);
}

async function obeyed(line: string, options: ControlOptions): Promise<string> {
  const answer = await obey(line, options);
  return `${JSON.stringify(answer)}\n`;
}

async function obey(line: string, { engine, handOver }: ControlOptions): Promise<OrderAnswer> {
  let order: Partial<AgentOrder & { readonly route: string }>;
  try {
    order = JSON.parse(line);
  } catch {
    return { ok: false, error: 'no order' };
  }
  const isNamed = ({ route }: HeldRoute): boolean =>
    route.name === order.route || route.announcement.uris.includes(order.route ?? '');
  const nothing = { ok: false, error: `no route is called ${JSON.stringify(order.route)}` } as const;
  switch (order.order) {
    case 'drain': {
      const { picked, drained } = await engine.drain(isNamed, 'command');
      if (picked === 0) return nothing;
      if (drained === picked) return { ok: true, routes: picked };
      const error = `the drain of ${JSON.stringify(order.route)} did not come to its end`;
      return { ok: false, error, hasLeft: engine.hasLeft };
    }
    case 'undrain': {
      const routes = engine.release(isNamed, 'command');
      return routes === 0 ? nothing : { ok: true, routes };
    }
    case 'handover': {
      const routes = [...engine.routes].length;
      const { drained } = engine.legacy;
      await handOver();
      return { ok: true, routes, drained };
    }
    case 'status': {
      const status = [...engine.routes].map(statusOf);
      return { ok: true, routes: status.length, status };
    }
    default:
      return { ok: false, error: 'unknown order' };
  }
}

function statusOf({ route, source, phase, health, drain, weight }: HeldRoute): RouteStatus {
  const { uris, address } = route.announcement;
  return { name: route.name, uris, address, source, phase, health: health.state, drain: drain.state, weight };
}

/** Whoever is too busy to take connections is there, too. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    once(probe, 'connect', ONE_MESSAGE, () => {
      probe.destroy();
      resolve(true);
    });
    on(probe, 'error', ONE_MESSAGE, ({ code = '' }: NodeJS.ErrnoException) =>
      resolve(!['ECONNREFUSED', 'ENOENT'].includes(code)),
    );
  });
}
