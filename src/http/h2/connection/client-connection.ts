import type { Socket } from 'node:net';
import { on } from '../../../boundary/events.ts';
import type { Owner } from '../../../boundary/owner.ts';
import { soon } from '../../../boundary/timers.ts';
import { BULK_BYTES, giveBack } from '../../../network/give-back.ts';
import { readInThread } from '../../../network/thread-reads.ts';
import {
  DOWNSTREAM_CLOSED,
  DOWNSTREAM_OPENED,
  type Http2Refusal,
  isHttp2Refusal,
} from '../../../telemetry/counters.ts';
import { Deadline } from '../../../time/deadline.ts';
import type { Client } from '../../connection/client.ts';
import type { Clients } from '../../connection/clients.ts';
import { Outbox } from '../../connection/outbox.ts';
import { UnfinishedSection } from '../../connection/unfinished-section.ts';
import { type ClientFacts, clientFacts } from '../../policy/client-facts.ts';
import type { ProxyContext } from '../../proxy-context.ts';
import {
  ENABLE_CONNECT_PROTOCOL,
  ENHANCE_YOUR_CALM,
  MAX_CONCURRENT_STREAMS,
  MAX_HEADER_LIST_SIZE,
  NO_RFC7540_PRIORITIES,
  PROTOCOL_ERROR,
} from '../codes.ts';
import type { ConnectionError } from '../connection-error.ts';
import type { MalformedBlock } from '../head-fields.ts';
import { Session, type SessionListener } from '../session.ts';
import type { Stream } from '../stream.ts';
import type { Streams } from '../streams.ts';
import type { Waste } from '../waste.ts';
import { ClientStream } from './client-stream.ts';
import type { Http2Parts } from './http2-parts.ts';
import { noteRefusedBlock } from './refused-stream.ts';
import { Standing } from './standing.ts';

/** Requests under way at once. RFC 9113 §6.5.2 asks for at least 100. */
const MAX_STREAMS = 128;
/** Of all streams together, as much as each has at first: those whose backends take nothing hold up no other. Bytes. */
const WINDOW = MAX_STREAMS * 64 * 1024;
/** Decoded bytes of heads that the requests of a connection hold at once, unless one alone is larger. */
const MAX_HEADS = 2 * 1024 * 1024;
/**
 * Of these, what all requests of a connection take in the usual case. What is beyond counts with all that is held: HPACK
 * makes much of little (RFC 7541 §7.3), and so do many connections. Bytes.
 */
const USUAL_HEADS = 256 * 1024;
/** Streams kept for the next requests. */
const MOST_SPARE = 16;
/** What has been said to a client that takes nothing, beyond which it is not listened to either. Bytes. */
const MOST_UNREAD = 256 * 1024;
const DRAIN_PING = 'draining';
const LIFE_PING = 'are you?';

type State =
  | 'open'
  /** The client has been told to begin no more streams; what it has on its way is served. */
  | 'announced'
  /** None that it begins is served. */
  | 'closing'
  /** Our last word is on its way. */
  | 'ending'
  | 'closed';

/** One HTTP/2 connection from a client. */
export class ClientConnection implements Owner, SessionListener {
  readonly kind = 'connection';
  readonly parts: Http2Parts;
  readonly client: ClientFacts;
  readonly session: Session;
  readonly outbox: Outbox;
  /** See `LiveSet`. */
  livePlace = -1;
  readonly #context: ProxyContext;
  readonly #clients: Clients;
  /** Parsers, requests and exchanges are used again, where one request follows the other. */
  readonly #spare: ClientStream[] = [];
  /** Whether one does. Most connections have a few at long intervals, and are to hold nothing for the next. */
  #isBusy = false;
  readonly #socket: Socket;
  readonly #idle = new Deadline(this, () => this.drain());
  /** While the client owes the rest of what it has begun, or an answer: both are due at once. */
  readonly #owing = new Deadline(this, () => this.#fail(PROTOCOL_ERROR, 'http2_silence'));
  /** Since a request was served; once the connection is to end, for the client's last words. */
  readonly #moment = new Deadline(this, () => this.#onMoment());
  readonly #standing: Standing;
  #state: State = 'open';
  /** Made when one first comes in part. */
  #block: UnfinishedSection | null = null;
  #heads = 0;
  /** Bytes of bodies that have come and nobody takes. */
  #untaken = 0;
  /** What waits in its socket beyond `MOST_UNREAD`: heads of those that were under way. Bytes. */
  #unread = 0;
  /** As `HeldMemory` knows it. */
  #told = 0;

  /** `socket`: what has been read of it has been put back. */
  constructor(parts: Http2Parts, clients: Clients, client: Client) {
    const { socket } = client;
    const { context } = parts;
    this.parts = parts;
    this.#context = context;
    this.#clients = clients;
    this.#socket = socket;
    this.#standing = new Standing(parts, client.isProxy ? '' : client.ip);
    this.client = clientFacts(client, context.settings);
    this.outbox = new Outbox(this, socket, context.flushes, (flowing) => this.#onFlushed(flowing));
    const { requestHead, requestTrailers } = context.settings;
    const plan = {
      isServer: true,
      settings: [
        MAX_CONCURRENT_STREAMS,
        MAX_STREAMS,
        MAX_HEADER_LIST_SIZE,
        requestHead.bytes,
        ENABLE_CONNECT_PROTOCOL,
        1,
        NO_RFC7540_PRIORITIES,
        1,
      ],
      limits: { head: requestHead, trailers: requestTrailers },
      window: WINDOW,
      room: parts.room,
    };
    this.session = new Session(plan, this.outbox, parts.fields, this);
    context.counters.add(DOWNSTREAM_OPENED);
    clients.live.add(this);
    parts.memory.enter(this);
    // HTTP/2 has ends of its own: nobody half-closes the connection under it.
    socket.allowHalfOpen = false;
    on(socket, 'data', this, (bytes: Buffer) => this.#onData(bytes));
    on(socket, 'drain', this, () => this.#onDrain());
    on(socket, 'error', this, () => {});
    on(socket, 'close', this, () => this.#onClose());
    // RFC 9113 §3.4: the client's SETTINGS are part of what it says first.
    context.deadlines.head.arm(this.#owing, context.now);
    this.session.begin();
    this.#awaitStream();
    if (socket === client.raw) {
      readInThread(this, socket, context.readBuffers, (bytes, count) => this.#take(bytes, count, true));
    }
    socket.resume();
  }

  get streams(): Streams {
    return this.session.streams;
  }

  get served(): readonly ClientStream[] {
    return this.streams.table.all().map(({ listener }) => listener as ClientStream);
  }

  get isIdle(): boolean {
    return this.streams.size === 0;
  }

  /** For `HeldMemory`. */
  get held(): number {
    const heads = Math.max(0, this.#heads - USUAL_HEADS);
    return this.#untaken + this.streams.sender.queued + this.#unread + heads;
  }

  shed(): void {
    this.#fail(ENHANCE_YOUR_CALM, 'http2_memory');
    // It would not read that either, and all the while what waits for it would be held.
    if (this.#unread > 0) this.#socket.destroy();
  }

  /** Put back by who looked first, or decrypted. */
  #onData(bytes: Buffer): void {
    const { parts } = this.session;
    this.#take(bytes, bytes.length, false);
    // Of what was no part of a body nothing is in anybody's hands.
    if (bytes.length > BULK_BYTES && this.session.parts === parts) giveBack(bytes);
  }

  /** `lent`: the memory is the thread's, and used again when this returns. */
  #take(bytes: Buffer, count: number, lent: boolean): void {
    if (this.#state === 'ending') return;
    const { frames } = this.session;
    this.session.read(bytes, count, lent);
    this.#holdBlock(this.session.heldBytes);
    if (!this.session.hasSettings || this.session.hasFailed) return;
    if (!this.session.isOwed) {
      if (!this.#isAsked) this.#owing.disarm();
    } else if (!this.#owing.isArmed || (this.session.frames > frames && !this.#isAsked)) {
      // What it owes is another one than it did before.
      this.#context.deadlines.head.arm(this.#owing, this.#context.now);
    }
  }

  /** What there is of a header block counts with all that clients have sent in part. */
  #holdBlock(bytes: number): void {
    if (bytes === 0 && this.#block === null) return;
    this.#block ??= new UnfinishedSection(this.#context, this, () => this.shed());
    this.#block.hold(bytes);
  }

  // What the session tells.

  onStream(): Stream | null {
    if (this.streams.size >= MAX_STREAMS) return null;
    this.#idle.disarm();
    this.#isBusy = this.streams.size > 0 || this.#moment.isArmed;
    const stream = this.#spare.pop() ?? new ClientStream(this, this.parts, this.#clients);
    stream.begin();
    return stream.stream;
  }

  onMalformed(flaw: string, block: MalformedBlock | null): void {
    this.#refuse('http2_malformed', flaw, block);
  }

  onSettings(): void {}

  onRefused(): void {
    this.noteReset();
  }

  /** Whether an answer to a PING is awaited. */
  #isAsked = false;

  onPong(): void {
    this.#isAsked = false;
    if (!this.session.isOwed) this.#owing.disarm();
    // Answers come in the order of what was asked, and the last was whether it has read the announcement.
    if (this.#state === 'announced' && !this.session.awaitsPong) this.#closeSession();
  }

  /** What it has asked for it gets. */
  onGoaway(): void {
    if (this.#state === 'open' || this.#state === 'announced') this.#closeSession();
  }

  onIdle(): void {
    this.#awaitStream();
  }

  onFailed(error: ConnectionError): void {
    const { reason } = error;
    if (isHttp2Refusal(reason)) this.#refuse(reason, '');
    else this.#refuse('http2_protocol', reason);
    this.#sayLast();
  }

  onWaste(kind: Waste, share: number): void {
    if (!this.#standing.mayWaste(kind, share, this.streams.sender.frames))
      this.#fail(ENHANCE_YOUR_CALM, kind);
  }

  #refuse(name: Http2Refusal, reason: string, block: MalformedBlock | null = null): void {
    noteRefusedBlock(this.#context, this.client, name, reason, block);
  }

  // What its streams tell.

  /** For the next request. */
  giveBack(stream: ClientStream): void {
    if (this.#isBusy && this.#spare.length < MOST_SPARE) this.#spare.push(stream);
    if (this.#state === 'open') this.#context.deadlines.http2Rest.arm(this.#moment, this.#context.now);
  }

  /** A request's head is held; `false` when it is more than may be beside those there are. */
  addHead(bytes: number): boolean {
    const fits = this.#heads === 0 || this.#heads + bytes <= MAX_HEADS;
    this.#heads += bytes;
    if (!fits && !this.#standing.mayOverfill()) this.#fail(ENHANCE_YOUR_CALM, 'http2_heads');
    if (this.#heads > USUAL_HEADS) this.tellHeld();
    // It may be this connection that had to give way.
    return fits && !this.session.hasFailed;
  }

  removeHead(bytes: number): void {
    const before = this.#heads;
    this.#heads -= bytes;
    if (before > USUAL_HEADS) this.tellHeld();
  }

  /** A request was given up, by the client or for what it sent. */
  noteReset(): void {
    if (!this.#standing.mayReset()) this.#fail(ENHANCE_YOUR_CALM, 'http2_resets');
  }

  noteServed(): void {
    this.#standing.noteServed();
  }

  addUntaken(bytes: number): void {
    this.#untaken += bytes;
    this.tellHeld();
  }

  tellHeld(): void {
    const change = this.held - this.#told;
    this.#told += change;
    if (change !== 0) this.parts.memory.change(change);
  }

  /** Whoever is silent in the middle of something is asked whether it is still there; within a header block it cannot answer. */
  expectAnswer(): void {
    if (this.#isAsked || this.session.hasFailed) return;
    this.#isAsked = true;
    this.session.ping(LIFE_PING);
    this.#context.deadlines.head.arm(this.#owing, this.#context.now);
  }

  #fail(code: number, reason: string): void {
    this.session.fail({ code, reason });
  }

  #onFlushed(flowing: boolean): void {
    if (flowing) return;
    this.streams.sender.block();
    // Heads and answers to frames are subject to no window: whoever takes none of them may ask for no more.
    const unread = this.#socket.writableLength - MOST_UNREAD;
    if (unread <= 0) return;
    this.#socket.pause();
    this.#unread = unread;
    this.tellHeld();
  }

  #onDrain(): void {
    this.#unread = 0;
    this.tellHeld();
    if (this.#socket.isPaused()) this.#socket.resume();
    this.streams.sender.unblock();
  }

  #awaitStream(): void {
    if (this.streams.size > 0 || this.#state === 'closed') return;
    if (this.#state === 'closing') this.#sayLast();
    else if (this.#state === 'open')
      this.#context.deadlines.downstreamIdle.arm(this.#idle, this.#context.now);
  }

  // The end.

  /**
   * No more requests: said first, and the client's echo awaited, so that what it had on its way is served (RFC 9113
   * §6.8); then the last that was taken is named, and the connection ends with the last of them.
   */
  drain(): void {
    if (this.#state !== 'open') return;
    this.#state = 'announced';
    this.#idle.disarm();
    this.session.announceEnd();
    this.session.ping(DRAIN_PING);
    this.#context.deadlines.linger.arm(this.#moment, this.#context.now);
  }

  #closeSession(): void {
    this.#state = 'closing';
    this.#moment.disarm();
    this.session.close();
    this.#awaitStream();
  }

  #sayLast(): void {
    if (this.#state === 'closed' || this.#state === 'ending') return;
    this.#state = 'ending';
    this.#idle.disarm();
    this.#owing.disarm();
    // Not at once: what has come with the last frame may still be answered.
    soon(this, () => {
      this.outbox.flush();
      this.#socket.end();
    });
    this.#context.deadlines.linger.arm(this.#moment, this.#context.now);
  }

  #onMoment(): void {
    if (this.#state === 'open') this.#spare.length = 0;
    else if (this.#state === 'announced') this.#closeSession();
    else this.#socket.destroy();
  }

  panic(): void {
    this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onClose(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const each of [this.#idle, this.#owing, this.#moment]) each.disarm();
    this.session.end();
    this.#block?.letGo();
    this.#unread = 0;
    this.tellHeld();
    this.parts.memory.leave(this);
    this.#clients.live.delete(this);
    this.#context.counters.add(DOWNSTREAM_CLOSED);
  }
}
