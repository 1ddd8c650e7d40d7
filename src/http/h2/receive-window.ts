import { DEFAULT_WINDOW } from './codes.ts';

/** What windows may promise beyond what they begin with, all of a connection, or of a thread, together. Bytes. */
export class WindowRoom {
  readonly #most: number;
  readonly #within: WindowRoom | null;
  #promised = 0;

  /** `within`: a larger one, of which this is a part. */
  constructor(most: number, within: WindowRoom | null = null) {
    this.#most = most;
    this.#within = within;
  }

  /** Answers how much of it there is. */
  take(wanted: number): number {
    const own = Math.max(0, Math.min(wanted, this.#most - this.#promised));
    const granted = this.#within === null ? own : this.#within.take(own);
    this.#promised += granted;
    return granted;
  }

  give(bytes: number): void {
    this.#promised -= bytes;
    this.#within?.give(bytes);
  }

  get promised(): number {
    return this.#promised;
  }
}

/**
 * How much the other side may send of one stream, or of a connection, before it has to wait (RFC 9113 §5.2). What has
 * gone into other hands is given back once it is worth a frame. Whoever fills a window, and is read as fast, gets one
 * four times as large, until it covers the way there and back: TCP, which doubles what is on its way, is not held up.
 */
export class ReceiveWindow {
  readonly #room: WindowRoom;
  #largest = DEFAULT_WINDOW;
  /** What may be on its way at most, and what of it may still come. */
  #size = DEFAULT_WINDOW;
  #left = DEFAULT_WINDOW;
  /** Beyond what it began with. */
  #extra = 0;
  /** In other hands, and not given back yet. */
  #consumed = 0;
  /** Given back since it last grew. */
  #passed = 0;
  #isOver = false;

  constructor(room: WindowRoom) {
    this.#room = room;
  }

  /** For another stream. `size`: as SETTINGS have told. `largest`: it grows no further. */
  reset(size: number, largest: number): void {
    if (this.#extra > 0) this.#room.give(this.#extra);
    this.#extra = 0;
    this.#isOver = false;
    this.#largest = largest;
    this.#size = size;
    this.#left = size;
    this.#consumed = 0;
    this.#passed = 0;
  }

  /** Nothing more comes: what it has grown by is others' again, as soon as nothing of it is held. */
  close(): void {
    this.#isOver = true;
    this.#largest = this.#size;
    this.#giveRoom();
  }

  /** What is held takes memory, for as long as nobody consumes it. */
  #giveRoom(): void {
    const spare = this.#extra - Math.min(this.#extra, this.held);
    if (spare > 0) this.#room.give(spare);
    this.#extra -= spare;
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes that may still come. */
  get left(): number {
    return this.#left;
  }

  /** Whether it is not as large as it may be. */
  get mayGrow(): boolean {
    return this.#size < this.#largest;
  }

  /** Bytes the other side has sent that are not in other hands. */
  get held(): number {
    return this.#size - this.#left - this.#consumed;
  }

  /** Whether so much may come. */
  allows(bytes: number): boolean {
    return bytes <= this.#left;
  }

  receive(bytes: number): void {
    this.#left -= bytes;
  }

  /**
   * So much of it is in other hands; answers what is to be said of that in a WINDOW_UPDATE, 0: nothing yet. `wasHeldUp`:
   * it had to wait for those, so that a larger window would only have more of it wait.
   */
  consume(bytes: number, wasHeldUp = false): number {
    if (wasHeldUp) this.#passed = -bytes;
    this.#consumed += bytes;
    if (this.#isOver) this.#giveRoom();
    // Nothing of it waits here: it is the window that whoever sends has to wait for.
    const isFilled = this.#passed + this.#consumed >= this.#size && this.held === 0;
    const grows = isFilled && this.#size < this.#largest;
    // Where much is held what is left is little: it must not be waited for that half of all is in other hands.
    if (!grows && this.#consumed * 2 < this.#size && this.#consumed < this.#left) return 0;
    this.#passed += this.#consumed;
    return this.#giveBack(grows ? 3 * this.#size : 0);
  }

  /** Makes it larger by so much, as far as that is allowed. Answers as `consume`. */
  widen(by: number): number {
    return by <= 0 ? 0 : this.#giveBack(by);
  }

  /** `by`: bytes that it grows by, as far as that is allowed. */
  #giveBack(by: number): number {
    const granted = this.#room.take(Math.min(by, this.#largest - this.#size));
    const increment = this.#consumed + granted;
    this.#size += granted;
    this.#extra += granted;
    if (granted > 0) this.#passed = 0;
    this.#left += increment;
    this.#consumed = 0;
    return increment;
  }
}
