import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Authority } from './certificates.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** How a path is answered instead of well. */
export type Failure =
  | 401
  | 500
  | 503
  /** A byte now and then, without an end. */
  | 'slow'
  /** Nothing at all. */
  | 'silent'
  | 'malformed'
  /** JSON, but no list. */
  | 'no-list'
  /** Broken off in the middle. */
  | 'dropped'
  /** More than anybody should read. */
  | 'huge';

export type Item = Readonly<Record<string, unknown>> & {
  readonly modification_tag?: { guid: string; index: number };
};
export type Kind = 'routes' | 'tcp_routes';

const LISTS: Readonly<Record<string, Kind | 'router_groups'>> = {
  '/routing/v1/routes': 'routes',
  '/routing/v1/tcp_routes': 'tcp_routes',
  '/routing/v1/router_groups': 'router_groups',
};
const STREAMS: Readonly<Record<string, Kind>> = {
  '/routing/v1/events': 'routes',
  '/routing/v1/tcp_routes/events': 'tcp_routes',
};
const SAYINGS: Readonly<Record<string, 'create' | 'delete'>> = {
  '/routing/v1/tcp_routes/create': 'create',
  '/routing/v1/tcp_routes/delete': 'delete',
};
/** What makes an item the one it is; an upsert of the same gives it a new index. */
const IDENTITY: Readonly<Record<Kind, readonly string[]>> = {
  routes: ['route', 'ip', 'port'],
  tcp_routes: ['router_group_guid', 'port', 'backend_ip', 'backend_port', 'backend_sni_hostname'],
};

/** A routing API and a UAA in one server, as documented (docs/compatibility.md §7.6), with all the ways in which they fail. */
export class RoutingApiPeer {
  /** Lists as they are answered; change them with `upsert` and `remove`, which tell the streams. */
  readonly items: Record<Kind | 'router_groups', Item[]> = { routes: [], tcp_routes: [], router_groups: [] };
  readonly failures = new Map<string, Failure>();
  /** Requests so far, by path with its query. */
  readonly requests: string[] = [];
  /** What agents have said of TCP routes, in order. */
  readonly said: { readonly verb: string; readonly mapping: Item }[] = [];
  readonly streams: Record<Kind, Set<ServerResponse>> = { routes: new Set(), tcp_routes: new Set() };
  /** Name and secret of the client that the UAA knows; null: no token is asked for. */
  readonly client: { readonly name: string; readonly secret: string } | null;
  /** What the UAA says of a token's life, seconds. */
  tokenSeconds = 3600;
  tokensIssued = 0;
  /** Certificates that clients have shown, by common name. */
  readonly shown = new Set<string>();
  port = 0;
  readonly #tokens = new Set<string>();
  readonly #sockets = new Set<Socket>();
  #close: () => Promise<void> = async () => {};
  #wake: () => void = () => {};
  #events = 0;

  private constructor(client: RoutingApiPeer['client']) {
    this.client = client;
  }

  /** @param authority with one, TLS on 127.0.0.1, where clients must show a certificate of it to the API */
  static async start(
    t: Ending,
    options: { client?: RoutingApiPeer['client']; authority?: Authority; port?: number } = {},
  ): Promise<RoutingApiPeer> {
    const peer = new RoutingApiPeer(options.client ?? null);
    await peer.listen(options.port ?? 0, options.authority);
    t.onTestFinished(() => peer.close());
    return peer;
  }

  async listen(port = this.port, authority?: Authority): Promise<void> {
    const answer: RequestListener = (request, response) => this.#answer(request, response);
    const server =
      authority === undefined
        ? createServer(answer)
        : createTlsServer(
            {
              ...authority.issue({ names: 'IP:127.0.0.1,DNS:localhost' }),
              ca: authority.cert,
              requestCert: true,
              rejectUnauthorized: false,
            },
            answer,
          );
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#close = async () => {
      server.close();
      for (const socket of this.#sockets) socket.destroy();
      if (server.listening) await once(server, 'close');
    };
  }

  /** The whole server goes; `listen` brings it back. */
  close(): Promise<void> {
    return this.#close();
  }

  /** As POST does: a new index, extended life, and an event. */
  upsert(kind: Kind, item: Item, ...more: Item[]): void {
    for (const each of [item, ...more]) {
      const at = this.items[kind].findIndex((other) => this.#same(kind, other, each));
      const before = this.items[kind][at]?.modification_tag;
      const modification_tag =
        each.modification_tag ??
        (before === undefined
          ? { guid: `tag-${++this.#events}`, index: 0 }
          : { ...before, index: before.index + 1 });
      const tagged = { ...each, modification_tag };
      if (at < 0) this.items[kind].push(tagged);
      else this.items[kind][at] = tagged;
      this.send(kind, 'Upsert', JSON.stringify(tagged));
    }
  }

  remove(kind: Kind, item: Item): void {
    const at = this.items[kind].findIndex((other) => this.#same(kind, other, item));
    const [gone] = this.items[kind].splice(at, 1);
    this.send(kind, 'Delete', JSON.stringify(gone));
  }

  send(kind: Kind, event: string, data: string): void {
    for (const stream of this.streams[kind]) {
      stream.write(`id: ${++this.#events}\nevent: ${event}\ndata: ${data}\n\n`);
    }
  }

  /** All tokens so far are refused from now on. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  dropStreams(kind: Kind): void {
    for (const stream of this.streams[kind]) stream.socket?.destroy();
  }

  /** Resolves when a condition on what was asked is met. */
  async until(met: () => boolean): Promise<void> {
    while (!met()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  count(path: string): number {
    return this.requests.filter((each) => each === path).length;
  }

  #same(kind: Kind, a: Item, b: Item): boolean {
    return IDENTITY[kind].every((key) => (a[key] ?? '') === (b[key] ?? ''));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '' } = request;
    this.requests.push(url);
    setImmediate(() => this.#wake());
    const [path = ''] = url.split('?');
    const name = (request.socket as TLSSocket).getPeerCertificate?.()?.subject?.CN;
    if (name !== undefined) this.shown.add(String(name));
    const failure = this.failures.get(path);
    if (failure !== undefined) fail(failure, response);
    else if (path === '/oauth/token') this.#issueToken(request, response);
    else if (!this.#isAuthorized(request)) {
      error(response, 401, 'UnauthorizedError', 'You are not authorized to perform the requested action');
    } else if (SAYINGS[path] !== undefined) this.#hear(request, SAYINGS[path], response);
    else if (STREAMS[path] !== undefined) this.#open(STREAMS[path], response);
    else if (LISTS[path] !== undefined) {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(this.#list(LISTS[path], url)));
    } else error(response, 404, 'ResourceNotFoundError', 'no such path');
  }

  #hear(request: IncomingMessage, verb: 'create' | 'delete', response: ServerResponse): void {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const mappings = JSON.parse(text) as Item[];
      for (const mapping of mappings) {
        this.said.push({ verb, mapping });
        const { modification_tag, ...item } = mapping;
        if (verb === 'create') this.upsert('tcp_routes', item);
        else this.remove('tcp_routes', item);
      }
      response.writeHead(verb === 'create' ? 201 : 204).end();
      this.#wake();
    });
  }

  #list(kind: Kind | 'router_groups', url: string): readonly Item[] {
    const segments = new URLSearchParams(url.split('?')[1]).getAll('isolation_segment');
    if (segments.length === 0) return this.items[kind];
    return this.items[kind].filter(({ isolation_segment }) =>
      segments.includes(String(isolation_segment ?? '')),
    );
  }

  #open(kind: Kind, response: ServerResponse): void {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-store, must-revalidate',
      Connection: 'keep-alive',
    });
    response.flushHeaders();
    this.streams[kind].add(response);
    response.on('close', () => this.streams[kind].delete(response));
  }

  #issueToken(request: IncomingMessage, response: ServerResponse): void {
    const { name, secret } = this.client ?? { name: '', secret: '' };
    const plain = Buffer.from(
      request.headers.authorization?.replace(/^Basic /, '') ?? '',
      'base64',
    ).toString();
    const isEncoded = request.headers['x-cf-encoded-credentials'] === 'true';
    const login = plain.split(':').map((part) => (isEncoded ? decodeURIComponent(part) : part));
    if (login.join(':') !== `${name}:${secret}`) {
      response.writeHead(401).end('{"error":"unauthorized","error_description":"Bad credentials"}');
      return;
    }
    const access_token = `token-${++this.tokensIssued}.signed`;
    this.#tokens.add(access_token);
    response.end(JSON.stringify({ access_token, token_type: 'bearer', expires_in: this.tokenSeconds }));
  }

  #isAuthorized({ headers }: IncomingMessage): boolean {
    return this.client === null || this.#tokens.has(headers.authorization?.replace(/^bearer /, '') ?? '');
  }
}

function error(response: ServerResponse, status: number, name: string, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ name, message }));
}

function fail(failure: Failure, response: ServerResponse): void {
  switch (failure) {
    case 'silent':
      return;
    case 'slow': {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
      return;
    }
    case 'malformed':
      response.end('[{"route": ');
      return;
    case 'no-list':
      response.end('{"routes": []}');
      return;
    case 'dropped':
      response.writeHead(200, { 'Content-Length': 1000, 'Content-Type': 'text/event-stream' });
      response.write('[{"route"', () => response.socket?.destroy());
      return;
    case 'huge': {
      const part = Buffer.alloc(1 << 20, ' ');
      const pour = (): void => {
        while (!response.destroyed && response.write(part)) {}
      };
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.on('drain', pour);
      pour();
      return;
    }
    default:
      error(response, failure, failure === 401 ? 'UnauthorizedError' : 'DBCommunicationError', 'no');
  }
}
