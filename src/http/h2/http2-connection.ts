import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { giveUp, guarded } from '../../boundary/boundary.ts';
import { on, once } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import { DOWNSTREAM_CLOSED, DOWNSTREAM_OPENED } from '../../telemetry/counters.ts';
import { Deadline } from '../../time/deadline.ts';
import type { Client } from '../connection/client.ts';
import type { Clients } from '../connection/clients.ts';
import { type ClientFacts, clientFacts } from '../policy/client-facts.ts';
import type { ProxyContext } from '../proxy-context.ts';
import { ClientBudget } from './client-budget.ts';
import { CUT_OFF } from './cut-off.ts';
import { Http2Downstream } from './http2-downstream.ts';
import { fieldBytes } from './request-text.ts';
import { SESSION_MB } from './session-memory.ts';

/** Requests under way at once. RFC 9113 §6.5.2 asks for at least 100. */
const MAX_STREAMS = 128;
/** Of invalid or refused frames in the whole life of a connection, which a load balancer's many clients may share. */
const MAX_INVALID_FRAMES = 1000;
const MAX_REJECTED_STREAMS = 1000;
/** RST_STREAM frames, far beyond what the budget bears: nghttp2's own limit knows nothing of requests served. */
const RESET_BURST = 10_000;
const RESETS_PER_SECOND = 1000;
/** Entries of one SETTINGS frame. */
const MAX_SETTINGS = 32;

type State =
  | 'open'
  /** No more requests. */
  | 'closing'
  | 'closed';

/** One HTTP/2 connection from a client. */
export class Http2Connection implements Owner {
  readonly kind = 'connection';
  readonly context: ProxyContext;
  readonly clients: Clients;
  readonly client: ClientFacts;
  readonly budget: ClientBudget;
  /** See `LiveSet`. */
  livePlace = -1;
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #idle = new Deadline(this, () => this.drain());
  readonly #check = new Deadline(this, () => this.#checkClient());
  /** While the client owes an answer that no client in order is long with. */
  readonly #owing = new Deadline(this, () => this.#end(constants.NGHTTP2_PROTOCOL_ERROR, 'http2_silence'));
  /** Behind our last word. */
  readonly #linger = new Deadline(this, () => this.#socket.destroy());
  readonly #streams = new Set<ServerHttp2Stream>();
  /** The request begun last that has come whole. */
  #lastHeard = 0;
  /** As it was when the client was looked at last. */
  #bytesRead = 0;
  #state: State = 'open';

  /** `socket`: what has been read of it has been put back. */
  constructor(context: ProxyContext, clients: Clients, client: Client) {
    const { socket } = client;
    this.context = context;
    this.clients = clients;
    this.#socket = socket;
    this.client = clientFacts(client, context.settings);
    this.budget = new ClientBudget(socket.bytesRead, socket.bytesWritten, context.now);
    context.counters.add(DOWNSTREAM_OPENED);
    clients.live.add(this);
    // HTTP/2 has ends of its own: nobody half-closes the connection under it.
    socket.allowHalfOpen = false;
    const { bytes, fields } = context.settings.requestHead;
    const session = performServerHandshake(socket, {
      settings: {
        maxConcurrentStreams: MAX_STREAMS,
        maxHeaderListSize: bytes,
        enablePush: false,
        enableConnectProtocol: true,
      },
      maxHeaderListPairs: fields,
      maxSendHeaderBlockLength: context.settings.responseHead.bytes,
      // What it would bound is bounded here: heads by the budget, bodies by holding up who sends them, the rest by nghttp2.
      maxSessionMemory: SESSION_MB,
      maxSessionInvalidFrames: MAX_INVALID_FRAMES,
      maxSessionRejectedStreams: MAX_REJECTED_STREAMS,
      maxSettings: MAX_SETTINGS,
      streamResetBurst: RESET_BURST,
      streamResetRate: RESETS_PER_SECOND,
      // Values that begin or end in white space are let through to be refused; else they are left out (RFC 9113 §8.2.1).
      strictFieldWhitespaceValidation: false,
      // What a backend may repeat is for the client to judge.
      strictSingleValueFields: false,
    });
    this.#session = session;
    on(session, 'stream', this, (stream: ServerHttp2Stream, _: object, __: number, fields: string[]) =>
      this.#onStream(stream, fields),
    );
    // `close` follows; every stream hears of it by itself.
    on(session, 'error', this, (error: NodeJS.ErrnoException) => this.#onError(error));
    on(session, 'close', this, () => socket.destroy());
    on(socket, 'close', this, () => this.#onClose());
    // RFC 9113 §3.4: the client's SETTINGS are part of what it says first.
    context.deadlines.head.arm(this.#owing, context.now);
    once(session, 'remoteSettings', this, () => this.#owing.disarm());
    context.deadlines.http2Check.arm(this.#check, context.now);
    this.#awaitStream();
  }

  get isIdle(): boolean {
    return this.#streams.size === 0;
  }

  #onStream(stream: ServerHttp2Stream, fields: readonly string[]): void {
    // First of all: of a stream that was reset in the same read its error is on its way already. Why it ended matters to
    // nobody, that it did to all: `close` follows.
    on(stream, 'error', this, ignore);
    this.#lastHeard = stream.id!;
    this.#streams.add(stream);
    this.#idle.disarm();
    if (stream.destroyed) {
      // Given up before it was looked at.
      once(stream, 'close', this, () => this.#onStreamGone(stream));
      this.noteReset();
      return;
    }
    const bytes = fieldBytes(fields);
    const fits = this.budget.addHead(bytes);
    once(stream, 'close', this, () => {
      this.budget.removeHead(bytes);
      this.#onStreamGone(stream);
    });
    if (fits) {
      this.#serve(stream, fields);
      return;
    }
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
    this.budget.addAbandoned();
    if (!this.budget.mayOverfill(this.context.now)) this.#endCalmly('http2_heads');
  }

  #serve(stream: ServerHttp2Stream, fields: readonly string[]): void {
    try {
      new Http2Downstream(this, stream, fields).begin(fields);
    } catch (error) {
      giveUp({ kind: 'stream', panic: () => stream.destroy(CUT_OFF) }, error);
    }
  }

  #onStreamGone(stream: ServerHttp2Stream): void {
    this.#streams.delete(stream);
    // What it had not been asked for by then was read all the same.
    this.budget.addReceived(stream.readableLength);
    this.#awaitStream();
  }

  #awaitStream(): void {
    if (this.#streams.size > 0 || this.#state === 'closed') return;
    const { deadlines, now } = this.context;
    if (this.#state === 'closing') deadlines.linger.arm(this.#linger, now);
    else deadlines.downstreamIdle.arm(this.#idle, now);
  }

  #checkClient(): void {
    const { deadlines, now } = this.context;
    const { bytesRead, bytesWritten } = this.#socket;
    let waiting = 0;
    for (const stream of this.#streams) waiting += stream.readableLength;
    if (!this.budget.mayGoOn(bytesRead - waiting, bytesWritten, now)) {
      this.#endCalmly('http2_flood');
      return;
    }
    deadlines.http2Check.arm(this.#check, now);
    if (bytesRead === this.#bytesRead) return;
    this.#bytesRead = bytesRead;
    const { lastProcStreamID = 0 } = this.#session.state;
    if (lastProcStreamID > this.#lastHeard) this.expectAnswer();
  }

  /**
   * The client may have stopped in the middle of a header block, in which nothing else can be said (RFC 9113 §6.10):
   * whoever can answer a PING has not.
   */
  expectAnswer(): void {
    if (this.#owing.isArmed || this.#session.destroyed) return;
    const { lastProcStreamID = 0 } = this.#session.state;
    this.context.deadlines.head.arm(this.#owing, this.context.now);
    const answered = guarded(this, (error: Error | null) => {
      if (error !== null) return;
      this.#owing.disarm();
      if (lastProcStreamID <= this.#lastHeard) return;
      // nghttp2 has refused what was malformed, and tells nobody how much of it there was.
      this.#lastHeard = lastProcStreamID;
      this.context.noteRefusal({ name: 'http2_malformed' }, this.client.address);
    });
    this.#session.ping(answered);
  }

  /** A request was given up, by the client or for what it sent. */
  noteReset(): void {
    if (!this.budget.mayReset(this.context.now)) this.#endCalmly('http2_resets');
  }

  #endCalmly(fault: string): void {
    this.#end(constants.NGHTTP2_ENHANCE_YOUR_CALM, fault);
  }

  #end(code: number, fault: string): void {
    if (this.#session.destroyed) return;
    this.context.noteRefusal({ name: fault }, this.client.address);
    this.#session.destroy(new Error(fault), code);
    // Its GOAWAY is not waited for if the client does not read.
    this.context.deadlines.linger.arm(this.#linger, this.context.now);
  }

  #onError({ code = '' }: NodeJS.ErrnoException): void {
    // Of an end that one of the two has declared with GOAWAY nothing is left to tell.
    if (!code.startsWith('ERR_HTTP2_') || code === 'ERR_HTTP2_SESSION_ERROR') return;
    this.context.noteRefusal({ name: 'http2_protocol' }, this.client.address);
  }

  /**
   * No more requests: GOAWAY now, the end when the last stream is. It names the last request that was taken; what was on
   * its way behind it the client may send again elsewhere (RFC 9113 §6.8).
   */
  drain(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#idle.disarm();
    this.#session.close();
    this.#awaitStream();
  }

  panic(): void {
    this.destroy();
  }

  destroy(): void {
    try {
      this.#session.destroy();
    } finally {
      this.#socket.destroy();
    }
  }

  #onClose(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const deadline of [this.#idle, this.#check, this.#owing, this.#linger]) {
      deadline.disarm();
    }
    this.#session.destroy();
    this.clients.live.delete(this);
    this.context.counters.add(DOWNSTREAM_CLOSED);
  }
}

function ignore(): void {}
