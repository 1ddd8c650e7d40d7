import { giveUp } from '../../boundary/boundary.ts';
import { ClosedStreams } from './closed-streams.ts';
import { DEFAULT_WINDOW, MAX_WINDOW } from './codes.ts';
import { rstStream, windowUpdate } from './frame-text.ts';
import { ReceiveWindow, WindowRoom } from './receive-window.ts';
import { Sender, type Wire } from './sender.ts';
import { PeerSettings } from './settings.ts';
import type { ResetBy, Stream } from './stream.ts';
import { StreamTable } from './stream-table.ts';

/** What all together of a connection may have on its way: enough for a fast way around the world. Bytes. */
const LARGEST_WINDOW = 24 * 1024 * 1024;
/** Those of streams bound what is held. */
const UNBOUNDED = new WindowRoom(Number.POSITIVE_INFINITY);

interface IdleListener {
  /** No stream is left. */
  onIdle(): void;
}

/** The streams of one connection, from the first byte of each to its last: who may say what, and what is left of it. */
export class Streams {
  readonly table = new StreamTable();
  readonly closed = new ClosedStreams();
  readonly peer = new PeerSettings();
  readonly sender: Sender;
  /** Of what comes, over all streams. */
  readonly window = new ReceiveWindow(UNBOUNDED);
  /** What those of the streams may grow by together. */
  readonly room: WindowRoom;
  /** The highest there has been of those that the other side begins. */
  lastOfPeer = 0;
  /** The next that is begun here. */
  nextOwn: number;
  /** Whether there was no room for a body that is to come. */
  #isCramped = false;
  readonly #wire: Wire;
  readonly #listener: IdleListener;

  /** `window`: bytes that may be on their way to here at first. `room`: what all windows of a thread may grow by. */
  constructor(wire: Wire, firstOwn: number, window: number, room: WindowRoom, listener: IdleListener) {
    this.#wire = wire;
    this.room = new WindowRoom(LARGEST_WINDOW - window, room);
    this.nextOwn = firstOwn;
    this.#listener = listener;
    this.window.reset(window, LARGEST_WINDOW);
    this.sender = new Sender(wire, this);
  }

  get size(): number {
    return this.table.size;
  }

  /** What is to be said at once of a window larger than every connection has. */
  get firstIncrement(): number {
    return this.window.size - DEFAULT_WINDOW;
  }

  /** Whether a stream that is not there has never been either. */
  isIdle(id: number): boolean {
    const isOwn = id % 2 === this.nextOwn % 2;
    return isOwn ? id >= this.nextOwn : id > this.lastOfPeer;
  }

  begin(stream: Stream, id: number): void {
    stream.open(id, this.peer.initialWindow);
    this.table.add(stream);
  }

  /** This side has said all. */
  endLocal(stream: Stream): void {
    if (stream.state === 'open') stream.state = 'half-closed-local';
    else if (stream.state === 'half-closed-remote') this.#close(stream, 'whole');
  }

  /** The other side has. */
  endRemote(stream: Stream): void {
    if (stream.state === 'open') stream.state = 'half-closed-remote';
    else if (stream.state === 'half-closed-local') this.#close(stream, 'whole');
  }

  /** Given up by its listener, which hears only that it is closed. */
  reset(stream: Stream, code: number): void {
    if (stream.isClosed) return;
    this.#wire.text(rstStream(stream.id, code));
    this.#close(stream, 'reset-here');
  }

  /** There is no listener for it, and there will be none: it is said once. */
  refuse(id: number, code: number): void {
    this.#wire.text(rstStream(id, code));
    this.closed.put(id, 'reset-here');
  }

  /** A stream error (RFC 9113 §5.4.2), found here. */
  fail(stream: Stream, code: number): void {
    this.#wire.text(rstStream(stream.id, code));
    this.#lose(stream, code, 'here', false);
  }

  lostByPeer(stream: Stream, code: number, unseen: boolean): void {
    this.#lose(stream, code, 'peer', unseen);
  }

  /** The connection is gone, or its streams above `lastSeen` will get no answer. `unseen`: nor has the other side begun with them. */
  loseAll(code: number, by: ResetBy, lastSeen = 0, unseen = by === 'peer'): void {
    for (const stream of this.table.all()) {
      // One whose loss was the last straw is being told of it already.
      if (!stream.isClosed && stream.id > lastSeen) this.#lose(stream, code, by, unseen);
    }
  }

  /** So much of a stream's body is in other hands. `wasHeldUp`: for which it had to wait. */
  consumed(stream: Stream, bytes: number, wasHeldUp = false): void {
    const { size } = stream.window;
    const increment = stream.window.consume(bytes, wasHeldUp);
    if (increment > 0 && stream.mayReceive) this.#wire.text(windowUpdate(stream.id, increment));
    this.#consumedOfAll(bytes);
    if (stream.window.size > size) this.#widen(stream.window.size - size);
  }

  /** Whatever has come of the stream's body and is not in other hands goes nowhere. */
  settle(stream: Stream): void {
    const { held } = stream.window;
    if (held > 0) this.consumed(stream, held);
  }

  /** Bytes have come for which there is no stream, or no more. */
  discard(bytes: number): void {
    this.window.receive(bytes);
    this.#consumedOfAll(bytes);
  }

  received(stream: Stream, bytes: number): void {
    this.window.receive(bytes);
    stream.window.receive(bytes);
  }

  /** So many bytes of a body are to come: its window is made large enough at once, as far as that is allowed. */
  expectBody(stream: Stream, bytes: number): void {
    const { window } = stream;
    const { size } = window;
    const increment = window.widen(bytes - window.left);
    if (increment > 0) this.#wire.text(windowUpdate(stream.id, increment));
    if (window.size > size) this.#widen(window.size - size);
    if (window.left < bytes && window.mayGrow) this.#isCramped = true;
  }

  /** What one that is over has left is for those that had to do with less: else they would grow into it step by step. */
  #expectBodies(): void {
    this.#isCramped = false;
    for (const stream of this.table.all()) {
      if (stream.state !== 'open' || stream.owed <= stream.window.left) continue;
      if (stream.window.held === 0) this.expectBody(stream, stream.owed);
      else this.#isCramped = true;
    }
  }

  /** `false`: it would be larger than there can be (RFC 9113 §6.9.1). */
  widen(stream: Stream, increment: number): boolean {
    stream.sendWindow += increment;
    return stream.sendWindow <= MAX_WINDOW;
  }

  /** The other side allows its streams more than before, or less (RFC 9113 §6.9.2). `false`: as above. */
  shiftWindows(difference: number): boolean {
    let fits = true;
    for (const stream of this.table.all()) fits = this.widen(stream, difference) && fits;
    return fits;
  }

  /** By what a stream's has grown: one that nobody takes from holds up no other. */
  #widen(by: number): void {
    const increment = this.window.widen(by);
    if (increment > 0) this.#wire.text(windowUpdate(0, increment));
  }

  #consumedOfAll(bytes: number): void {
    const increment = this.window.consume(bytes);
    if (increment > 0) this.#wire.text(windowUpdate(0, increment));
  }

  #lose(stream: Stream, code: number, by: ResetBy, unseen: boolean): void {
    const { listener } = stream;
    // First of all: nothing more goes out of it.
    stream.state = 'closed';
    try {
      listener.onReset(code, by, unseen);
    } catch (error) {
      giveUp(listener, error);
    }
    this.#close(stream, by === 'peer' ? 'reset-by-peer' : 'reset-here');
  }

  #close(stream: Stream, ending: 'whole' | 'reset-by-peer' | 'reset-here'): void {
    const { id, listener } = stream;
    stream.state = 'closed';
    this.sender.drop(stream);
    stream.window.close();
    this.table.delete(id);
    if (this.#isCramped) this.#expectBodies();
    this.closed.add(id, ending);
    try {
      listener.onClosed();
    } catch (error) {
      giveUp(listener, error);
    }
    if (this.table.size === 0) this.#listener.onIdle();
  }
}
