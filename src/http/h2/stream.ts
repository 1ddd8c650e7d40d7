import type { Owner } from '../../boundary/owner.ts';
import type { Head } from '../message/head.ts';
import { ByteQueue } from './byte-queue.ts';
import { DEFAULT_WINDOW } from './codes.ts';
import type { HeadFields } from './head-fields.ts';
import { type Priority, UNSAID } from './priority.ts';
import { ReceiveWindow, type WindowRoom } from './receive-window.ts';

/** What one stream may have on its way at most. Bytes. */
const LARGEST_WINDOW = 8 * 1024 * 1024;

/** RFC 9113 §5.1; `idle` is also what a stream is that waits to be used again. */
export type StreamState = 'idle' | 'open' | 'half-closed-local' | 'half-closed-remote' | 'closed';

/** Who has given a stream up: the other side, this one, or the connection by its end. */
export type ResetBy = 'peer' | 'here' | 'connection';

/** What a head is, where more than one can come. */
export type HeadKind = 'head' | 'interim';

/** Whose stream it is: what becomes of it. */
export interface StreamListener extends Owner {
  /** Where the next head is read into. */
  readonly head: Head;
  /** It has been read, and is well-formed. `ends`: nothing follows. `fields`: what else is known of it, until this answers. */
  onHead(kind: HeadKind, ends: boolean, fields: HeadFields): void;
  /** `lent`: the bytes are good until this answers; others may be kept. `Streams.consumed` must follow, once they are in other hands. */
  onBody(bytes: Buffer, start: number, end: number, lent: boolean): void;
  /** The other side has said all. */
  onEnd(trailers: Head | null): void;
  /** What is sent waits here: no more for now. And: no more of it waits. */
  onFull(): void;
  onDrain(): void;
  /** It is over before its time. `unseen`: the other side has done nothing with it, or has said so. */
  onReset(code: number, by: ResetBy, unseen: boolean): void;
  /** The last that is heard of it, always. */
  onClosed(): void;
}

/** One stream of a connection. Used again for another one when `onClosed` has been told. */
export class Stream {
  readonly listener: StreamListener;
  /** Of what is sent, while there is no room for it. */
  readonly queue = new ByteQueue();
  id = 0;
  state: StreamState = 'idle';
  priority: Priority = UNSAID;
  /** Bytes that may be sent; below 0 after the other side has taken some back (RFC 9113 §6.9.2). */
  sendWindow = 0;
  /** Bytes that went out of the queue. */
  taken = 0;
  /** What stands behind the queue: nothing, the end, or trailers as a header block with which it ends. */
  tail: 'none' | 'end' | 'trailers' = 'none';
  trailers = '';
  /** Of the body that is sent, bytes still to come; -1: nobody knows. With the last of them it ends. */
  unsent = -1;
  /** Whether `onFull` was told and `onDrain` was not. */
  isFull = false;
  /** Of what comes. */
  readonly window: ReceiveWindow;
  /** Of the body that comes, bytes still to come by its content-length; -1: it states none (RFC 9113 §8.1.1). */
  owed = -1;
  /** Whether a response's head has come, behind which only trailers can. */
  hasHead = false;

  constructor(listener: StreamListener, room: WindowRoom) {
    this.listener = listener;
    this.window = new ReceiveWindow(room);
  }

  /** For another one. `sendWindow`: as the other side's SETTINGS have it. */
  open(id: number, sendWindow: number): void {
    this.id = id;
    this.state = 'open';
    this.priority = UNSAID;
    this.sendWindow = sendWindow;
    this.taken = 0;
    this.tail = 'none';
    this.trailers = '';
    this.unsent = -1;
    this.isFull = false;
    this.window.reset(DEFAULT_WINDOW, LARGEST_WINDOW);
    this.owed = -1;
    this.hasHead = false;
  }

  get isClosed(): boolean {
    return this.state === 'closed' || this.state === 'idle';
  }

  /** Whether this side may say more. */
  get maySend(): boolean {
    return (this.state === 'open' || this.state === 'half-closed-remote') && this.tail === 'none';
  }

  /** Whether the other side may. */
  get mayReceive(): boolean {
    return this.state === 'open' || this.state === 'half-closed-local';
  }
}
