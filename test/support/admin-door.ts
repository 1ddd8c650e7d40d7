import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type AdminTls, createAdminServer } from '../../src/admin/admin-server.ts';
import { type Answer, ok, pieces } from '../../src/admin/answer.ts';
import { AdminApi, type AdminRoute } from '../../src/admin/api.ts';
import { RIGHTS } from '../../src/admin/caller.ts';
import { Gate } from '../../src/admin/gate.ts';
import { hostRule } from '../../src/admin/host-rule.ts';
import { OneTimeCodes } from '../../src/admin/one-time-codes.ts';
import { SessionCookie } from '../../src/admin/session-cookie.ts';
import { sessionRoutes } from '../../src/admin/session-routes.ts';
import { Sessions } from '../../src/admin/sessions.ts';
import { Tokens } from '../../src/admin/tokens.ts';
import { listen } from '../../src/status/listen.ts';
import { LogLines } from './registry-fixture.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** Who may do what there. */
export const SECRETS = {
  reader: 'reader-secret-0123456789',
  operator: 'operator-secret-0123456789',
} as const;

export interface DoorWishes {
  /** False: as on an address that others reach without TLS. */
  readonly sessions?: boolean;
  readonly tls?: AdminTls | null;
  readonly host?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** An admin address with a few things to ask for, on a port of its own. */
export class AdminDoor {
  readonly port: number;
  readonly log: LogLines;
  readonly codes: OneTimeCodes;
  /** The router's ends of the connections that were made, dropped ones too. */
  readonly accepted: Socket[] = [];
  /** How often something was changed. */
  changes = 0;
  /** Milliseconds. */
  now = 0;

  static async open(t: Ending, wishes: DoorWishes = {}): Promise<AdminDoor> {
    const { host = '127.0.0.1', tls = null, sessions: givesSessions = true, timeout = 10_000 } = wishes;
    const clock = { door: null as AdminDoor | null };
    const now = (): number => clock.door?.now ?? 0;
    const codes = new OneTimeCodes(now);
    const sessions = new Sessions(now);
    const tokens = new Tokens([
      { name: 'reader', secret: SECRETS.reader, rights: ['read'] },
      { name: 'operator', secret: SECRETS.operator, rights: RIGHTS },
    ]);
    const cookie = givesSessions ? new SessionCookie(8083, tls !== null) : null;
    const gate = new Gate({
      door: tls === null ? 'http' : 'https',
      tokens,
      sessions,
      cookie,
      isOwnHost: hostRule({ host, machine: 'machine', certified: () => false }),
    });
    const api = new AdminApi();
    const log = new LogLines();
    const server = createAdminServer({ api, gate, log, tls, timeout });
    const listenOn = host === '0.0.0.0' ? host : '127.0.0.1';
    const address = { host: listenOn, port: 0, purpose: 'admin', setting: 'cellgate.admin.port' };
    const listener = await listen(server, address);
    t.onTestFinished(() => listener.close());
    const door = new AdminDoor(listener.port, codes, log);
    clock.door = door;
    server.on('connection', (socket) => door.accepted.push(socket));
    api.add(...sessionRoutes({ codes, tokens, sessions, cookie }), ...door.#routes());
    return door;
  }

  private constructor(port: number, codes: OneTimeCodes, log: LogLines) {
    this.port = port;
    this.codes = codes;
    this.log = log;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** `as`: whose token; left out: nobody's. */
  fetch(path: string, as?: keyof typeof SECRETS, options: RequestInit = {}): Promise<Response> {
    const authorization = as === undefined ? {} : { Authorization: `Bearer ${SECRETS[as]}` };
    return fetch(`${this.url}${path}`, {
      ...options,
      headers: { Connection: 'close', ...authorization, ...(options.headers as Record<string, string>) },
    });
  }

  async connect(): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  /** Of the audit log. */
  get audited(): unknown[] {
    return this.log.lines.filter(({ message }) => message === 'admin-audit').map(({ data }) => data);
  }

  #routes(): AdminRoute[] {
    const changed = (): object => {
      this.changes++;
      return { changed: true };
    };
    const change = (): ReturnType<typeof ok> => ok(changed());
    return [
      { method: 'GET', path: '/v1/thing', right: 'read', handler: () => ok({ thing: true }) },
      { method: 'PUT', path: '/v1/thing', right: 'operate', handler: change },
      {
        method: 'POST',
        path: '/v1/thing',
        right: 'operate',
        handler: ({ body }) => ok({ ...body, ...changed() }),
      },
      { method: 'DELETE', path: '/v1/thing', right: 'operate', handler: change },
      {
        method: 'GET',
        path: '/v1/things/{name}',
        right: 'read',
        handler: ({ parameters, query }) => ok({ ...parameters, query: query.get('q') }),
      },
      {
        method: 'POST',
        path: '/v1/broken',
        right: 'operate',
        handler: () => {
          throw new Error('a fault of ours');
        },
      },
      { method: 'GET', path: '/v1/broken', right: 'read', handler: () => Promise.reject(new Error('ours')) },
      {
        method: 'GET',
        path: '/v1/long',
        right: 'read',
        handler: ({ query }) => pieces(long(Number(query.get('pieces')))),
      },
      {
        method: 'GET',
        path: '/v1/breaks',
        right: 'read',
        handler: () => pieces(breaking()),
      },
      {
        method: 'POST',
        path: '/v1/unwritable',
        right: 'operate',
        handler: () => ok({ ...changed(), n: 1n }),
      },
      { method: 'GET', path: '/v1/entity', right: 'read', handler: () => ENTITY },
      { method: 'GET', path: '/v1/large', right: 'read', handler: () => ok('x'.repeat(1 << 20)) },
    ];
  }
}

/** More than sockets hold. */
const ENTITY: Answer = {
  kind: 'entity',
  type: 'text/plain',
  etag: '"large"',
  bytes: Buffer.alloc(64 << 20, 'x'),
  coded: new Map(),
  headers: {},
};

function* long(count: number): Generator<string> {
  for (let piece = 0; piece < count; piece++) yield 'x'.repeat(64 * 1024);
}

function* breaking(): Generator<string> {
  yield '{';
  throw new Error('a fault of ours');
}
