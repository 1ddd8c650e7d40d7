import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import type { HeldRoute } from './held-route.ts';
import { LineServer } from './line-server.ts';
import { FolderTaken, SocketPlace } from './socket-place.ts';

/** What may be asked of an agent that runs, by others of the same user. */
export type AgentOrder =
  | { readonly order: 'drain' | 'undrain'; readonly route: string }
  | { readonly order: 'handover' | 'status' };

export type OrderAnswer =
  | {
      readonly ok: true;
      readonly routes: number;
      readonly status?: readonly RouteStatus[];
      /** Of an agent that hands over: the routes that a command has drained, as in `Legacy`. */
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

/** Where orders come in: a socket in the agent's state folder, for its owner alone. Who has it has the folder. */
export class ControlSocket {
  readonly #server: LineServer;
  readonly #place: SocketPlace;
  #state: 'open' | 'closed' = 'open';

  private constructor(server: LineServer, place: SocketPlace) {
    this.#server = server;
    this.#place = place;
  }

  /** A text says why there is none, for another reason than that somebody else has the folder. */
  static async open(folder: string, options: ControlOptions): Promise<ControlSocket | FolderTaken | string> {
    const path = socketIn(folder);
    // When it is closed the path is removed on which it was opened: that must not be the one that others open next.
    const first = join(folder, `${randomUUID().slice(0, 8)}.sock`);
    if (Buffer.byteLength(first) > LONGEST_PATH)
      return `${path} is too long for a socket: choose another --state-dir`;
    let place: SocketPlace | null = null;
    const handOver = async (): Promise<void> => {
      // Before the answer: whoever takes over opens one in its place.
      place?.leave();
      await options.handOver();
    };
    const server = new LineServer({
      patience: PATIENCE_MS,
      answer: (line) => obeyed(line, { ...options, handOver }),
    });
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const mask = process.umask(0o177);
      try {
        await server.listen({ path: first });
      } finally {
        process.umask(mask);
      }
      chmodSync(first, 0o600);
      place = new SocketPlace(path, lstatSync(first).ino);
      if (options.replaces === true) place.seize(first);
      else await place.claim(first);
      return new ControlSocket(server, place);
    } catch (error) {
      await server.close();
      if (error instanceof FolderTaken) return error;
      return `${path} cannot be opened (${(error as Error).message}): choose another --state-dir`;
    }
  }

  /** Not any more once another agent has taken its place, which an agent that hangs does not notice. */
  get isOurs(): boolean {
    return this.#place.isOurs;
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#place.leave();
    await this.#server.close();
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
