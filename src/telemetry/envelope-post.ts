import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import { BackwardWriter, LONGEST_DATAGRAM } from './backward-writer.ts';
import { BATCH_BYTES, type EnvelopeBatch, LENGTH_BYTES } from './envelope-batch.ts';

/** The longest an envelope waits for others. */
const GATHER_MS = 5;
/** Batches that have not come back; where the sender is behind, what comes then is dropped and counted. */
const MOST_OUT = 8;
const NO_MEMORY = Buffer.alloc(0);

/** Who takes batches to the thread that sends. */
export interface EnvelopeCarrier {
  /** Whether somebody takes envelopes. */
  readonly listens: boolean;
  carry(batch: EnvelopeBatch): void;
}

/** The memory that one thread writes its envelopes into, and sends off in batches. */
export class EnvelopePost {
  readonly writer = new BackwardWriter(NO_MEMORY);
  readonly #onDropped: (envelopes: number) => void;
  #carrier: EnvelopeCarrier | null = null;
  #memory: ArrayBuffer | null = null;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #free: ArrayBuffer[] = [];
  #batchesOut = 0;
  #envelopesOut = 0;
  #onHome: (() => void) | null = null;

  constructor(onDropped: (envelopes: number) => void) {
    this.#onDropped = onDropped;
  }

  set carrier(carrier: EnvelopeCarrier) {
    this.#carrier = carrier;
  }

  get listens(): boolean {
    return this.#carrier?.listens ?? false;
  }

  /** Whether there is room for one more; it is then to be written, and `add` or `drop` called. */
  hasRoom(): boolean {
    if (this.#memory !== null && this.writer.sealed < LONGEST_DATAGRAM + LENGTH_BYTES) this.flush();
    return this.#memory !== null || this.#take();
  }

  /** What was written is whole. */
  add(): void {
    this.writer.seal();
    if (this.#count++ === 0) this.#timer = after(GATHER_MS, ONE_ROUND, () => this.flush());
  }

  drop(envelopes = 1): void {
    this.#onDropped(envelopes);
  }

  flush(): void {
    clearTimeout(this.#timer);
    const [memory, count] = [this.#memory, this.#count];
    if (memory === null || count === 0) return;
    this.#memory = null;
    this.#count = 0;
    this.#batchesOut++;
    this.#envelopesOut += count;
    this.#carrier!.carry({ memory, from: this.writer.sealed, count });
  }

  /** A batch has been sent, but for some of its envelopes. */
  takeBack(memory: ArrayBuffer, count: number, dropped: number): void {
    this.#free.push(memory);
    this.#batchesOut--;
    this.#envelopesOut -= count;
    if (dropped > 0) this.#onDropped(dropped);
    if (this.#batchesOut === 0) this.#onHome?.();
  }

  /** What is out will not come back: the thread that had it has ended. */
  writeOff(): void {
    if (this.#envelopesOut > 0) this.#onDropped(this.#envelopesOut);
    this.#batchesOut = 0;
    this.#envelopesOut = 0;
    this.#onHome?.();
  }

  /** Sends what there is; resolves when all of it is sent, or written off. */
  settle(): Promise<void> {
    this.flush();
    if (this.#batchesOut === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onHome = resolve;
    });
  }

  #take(): boolean {
    const memory = this.#free.pop() ?? (this.#batchesOut < MOST_OUT ? new ArrayBuffer(BATCH_BYTES) : null);
    if (memory === null) return false;
    this.#memory = memory;
    this.writer.turnTo(Buffer.from(memory));
    return true;
  }
}
