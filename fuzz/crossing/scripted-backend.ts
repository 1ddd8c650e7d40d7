import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { PREFACE, TYPE } from '../../test/support/raw-http2.ts';
import type { Teardown } from '../socket/teardown.ts';
import type { Side } from './crossing.ts';
import { marksIn } from './nonce.ts';
import { Speaker } from './speaker.ts';

const HEAD_BYTES = 9;
/** Times that a script is played on one connection at most. */
const MOST_ANSWERS = 4;

/** A backend of one version that answers requests as the case at hand says. */
export class ScriptedBackend {
  /** All that has come since the case began. */
  received = '';
  /** The marks of heads that had more than one. */
  mixed: string[] = [];
  readonly #version: '1' | '2';
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  /** `null` between cases: whoever comes then comes late. */
  #side: Side | null = null;
  #answering = 0;

  static async start(version: '1' | '2', teardown: Teardown): Promise<ScriptedBackend> {
    const backend = new ScriptedBackend(version);
    backend.#server.listen(0, '127.0.0.1');
    await once(backend.#server, 'listening');
    teardown.after(() => {
      backend.#server.close();
      backend.hangUp();
    });
    return backend;
  }

  private constructor(version: '1' | '2') {
    this.#version = version;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Whether all that was to be said has been said. */
  get isSilent(): boolean {
    return this.#answering === 0;
  }

  /** From now on connections are answered so. */
  play(side: Side): void {
    this.#side = side;
    this.received = '';
    this.mixed = [];
  }

  hangUp(): void {
    this.#side = null;
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }

  #accept(socket: Socket): void {
    const side = this.#side;
    if (side === null) {
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
    socket.on('end', () => socket.end());
    let unread = '';
    let answers = 0;
    const begun = new Set<number>();
    const answer = (head: string, shift: number) => {
      const marks = marksIn(head);
      if (marks.length > 1) this.mixed.push(...marks);
      if (answers++ < MOST_ANSWERS) this.#say(speaker, side, shift);
    };
    const speaker = new Speaker(socket, (text) => {
      this.received += text;
      unread += text;
      if (this.#version === '1') unread = afterHeads(unread, answer);
      else unread = afterFrames(unread, begun, answer);
    });
    if (side.greeting.length > 0) void speaker.say(side.greeting, 0, '');
  }

  #say(speaker: Speaker, side: Side, shift: number): void {
    this.#answering++;
    void speaker.say(side.parts, side.chop, '', shift).finally(() => this.#answering--);
  }
}

/** What follows the last whole head; a body that looks like one gets an answer nobody asked for. */
function afterHeads(text: string, onRequest: (head: string, shift: number) => void): string {
  const heads = text.split('\r\n\r\n');
  for (const head of heads.slice(0, -1)) if (/HTTP\/1\.1\r\n/.test(head)) onRequest(head, 0);
  return heads.at(-1)!;
}

/** What follows the last whole frame. The second block of a stream is its trailers: `begun` are those that had one. */
function afterFrames(
  text: string,
  begun: Set<number>,
  onRequest: (head: string, shift: number) => void,
): string {
  if (text.startsWith('PRI') && text.length < PREFACE.length) return text;
  let at = text.startsWith('PRI') ? PREFACE.length : 0;
  while (text.length >= at + HEAD_BYTES) {
    const head = Buffer.from(text.slice(at, at + HEAD_BYTES), 'latin1');
    const next = at + HEAD_BYTES + head.readUIntBE(0, 3);
    if (text.length < next) break;
    const stream = head.readUInt32BE(5);
    if (head[3] === TYPE.headers && !begun.has(stream)) {
      begun.add(stream);
      onRequest(text.slice(at, next), stream - 1);
    }
    at = next;
  }
  return text.slice(at);
}
