import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../bench/free-ports.ts';
import { ask, RawClient } from '../../test/support/raw-http.ts';
import type { Ending } from '../reader/llhttp-client.ts';
import { valuesOf } from '../reader/naive-grammar.ts';
import { readRequests } from '../reader/naive-requests.ts';
import { readResponse } from '../reader/naive-responses.ts';
import type { Reading, ReadMessage } from '../reader/reading.ts';
import { turn } from '../reader/wire.ts';
import { startDaemon } from './daemon.ts';
import { canary, Origin } from './origin.ts';
import type { ProxyKind } from './proxy-kinds.ts';
import type { Teardown } from './teardown.ts';
import { within } from './within.ts';

/** Fields that belong to one hop, or that any proxy writes itself. */
const OWN = [
  ...[
    'connection',
    'content-length',
    'date',
    'expect',
    'host',
    'keep-alive',
    'proxy-connection',
    'server',
    'te',
  ],
  ...['trailer', 'transfer-encoding', 'upgrade'],
];

/** For what comes before an end to be served. */
const SILENCE_MS = 20;

/** Reads by sending bytes through a reverse proxy and looking at what comes out behind it. */
export class ProxyReader {
  readonly kind: ProxyKind;
  readonly #port: number;
  readonly #origin: Origin;

  /** `null` when it is not installed. */
  static async start(kind: ProxyKind, teardown: Teardown): Promise<ProxyReader | null> {
    const command = kind.command();
    if (command === undefined) return null;
    const origin = await Origin.start(teardown);
    const [port] = (await freePorts(1)) as [number];
    const configuration = (directory: string) => kind.configuration(directory, port, origin.port);
    await startDaemon(teardown, command, kind.args, configuration, port);
    return new ProxyReader(kind, port, origin);
  }

  private constructor(kind: ProxyKind, port: number, origin: Origin) {
    this.kind = kind;
    this.#port = port;
    this.#origin = origin;
  }

  /** Requests as the proxy sends them on. `last`: one that makes it close, behind requests that are all complete. */
  async readRequests(bytes: string, last: string): Promise<Reading> {
    this.#origin.answer = (_request, socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    const client = await RawClient.connect(this.#port);
    client.send(bytes + last);
    if (last === '') {
      // HAProxy serves nothing more once it has seen the end, not even what came before.
      await delay(SILENCE_MS);
      client.socket.end();
    }
    await within(client.closed, `${this.kind.name} does not close`);
    client.close();
    await this.#sync();
    const messages = this.#origin.take().flatMap((text) => readRequests(text).messages);
    // The origin only ever answers 200.
    const refused = /^HTTP\/1\.[01] ([45]\d\d)/m.exec(client.received);
    if (refused !== null) return { messages, end: 'refused', why: refused[1]! };
    const complete = messages.every((message) => message.complete);
    return { messages, end: complete ? 'whole' : 'unfinished', why: '' };
  }

  /** Waits until what the proxy has sent on has come. */
  async #sync(): Promise<void> {
    await within(ask(this.#port, canary(0).bytes), `${this.kind.name} does not answer`);
    await turn();
  }

  /** The response to one request as the proxy sends it on. One without the router's mark is its own. */
  async readResponse(bytes: string, method: string, ending: Ending): Promise<Reading> {
    this.#origin.answer = (_request, socket) => {
      socket.write(bytes, 'latin1');
      if (ending === 'end') socket.end();
      // Behind the bytes, not instead of them.
      else if (ending === 'reset') setTimeout(() => socket.resetAndDestroy(), 20);
    };
    const client = await RawClient.connect(this.#port);
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const how = await within(client.closed, `${this.kind.name} does not close`);
    client.close();
    this.#origin.take();
    const context = { toHead: method === 'HEAD', ended: how === 'end' };
    const { messages, end, why } = readResponse(client.received, context);
    const last = messages.at(-1);
    if (
      last === undefined ||
      Number(last.start) < 200 ||
      valuesOf(last.fields, 'x-vcap-request-id').length > 0
    ) {
      return { messages, end, why };
    }
    return { messages: messages.slice(0, -1), end: 'refused', why: last.start };
  }

  /** A message as it looks where neither its hop's own fields nor their order and case count. */
  readonly plain = (message: ReadMessage): ReadMessage => {
    const fields = message.fields
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !OWN.includes(name) && !this.kind.changes.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return { ...message, fields, trailers: [] };
  };
}
