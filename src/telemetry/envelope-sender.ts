import { contain } from '../boundary/boundary.ts';
import { ONE_ROUND, type Owner, type OwnerKind } from '../boundary/owner.ts';
import { after, soon } from '../boundary/timers.ts';
import { type EnvelopeBatch, envelopesOf } from './envelope-batch.ts';
import { Metron, type MetronAddress } from './metron.ts';

/** How often it is looked whether the kernel has taken what it had no room for. */
const LOOK_MS = 1;

/** To the thread that makes them. */
export type FromEnvelopeThread =
  /** A batch is sent, but for so many of its envelopes; its memory goes back. */
  | { readonly kind: 'sent'; readonly memory: ArrayBuffer; readonly count: number; readonly dropped: number }
  | { readonly kind: 'listens'; readonly listens: boolean }
  /** A handler has thrown there. */
  | { readonly kind: 'panic'; readonly given: OwnerKind; readonly error: string };

/** Sends batches of envelopes, one after the other, and gives their memory back. */
export class EnvelopeSender {
  readonly #metron: Metron;
  readonly #say: (message: FromEnvelopeThread, transfer: readonly ArrayBuffer[]) => void;
  readonly #waiting: EnvelopeBatch[] = [];
  #dropped = 0;
  #state: 'ready' | 'sending' = 'ready';

  constructor(
    address: MetronAddress,
    say: (message: FromEnvelopeThread, transfer: readonly ArrayBuffer[]) => void,
  ) {
    this.#say = say;
    this.#metron = new Metron(address, {
      onDropped: () => this.#dropped++,
      onChange: () => say({ kind: 'listens', listens: this.#metron.listens }, []),
    });
  }

  take(batch: EnvelopeBatch): void {
    this.#waiting.push(batch);
    if (this.#state === 'ready') this.#next();
  }

  #next(): void {
    const batch = this.#waiting[0];
    if (batch === undefined) return;
    this.#state = 'sending';
    const owner: Owner = {
      kind: 'message',
      panic: () => {
        this.#dropped += batch.count;
      },
    };
    const before = this.#dropped;
    contain(owner, () => this.#metron.sendAll(envelopesOf(batch)));
    // That nobody has listened the kernel says when sockets are looked at the next time: between these two turns.
    soon(ONE_ROUND, () => soon(ONE_ROUND, () => this.#finish(before)));
  }

  /** The kernel may still be about to read the memory. @param before dropped of those before it */
  #finish(before: number): void {
    if (!this.#metron.isIdle) {
      after(LOOK_MS, ONE_ROUND, () => this.#finish(before));
      return;
    }
    const { memory, count } = this.#waiting.shift()!;
    const lost = this.#metron.listens ? 0 : before + count;
    const dropped = Math.max(this.#dropped, lost);
    this.#dropped = 0;
    this.#state = 'ready';
    this.#say({ kind: 'sent', memory, count, dropped }, [memory]);
    this.#next();
  }
}
