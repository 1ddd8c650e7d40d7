import type { Owner } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { AccessLog } from './access-log.ts';
import type { LineBytes } from './line-bytes.ts';
import { MAX_WAITING_BYTES, type SyslogOptions, syslogMessage } from './syslog-message.ts';

/** Lines gathered before they are handed on, and the longest that one waits. */
const BATCH_BYTES = 32 * 1024;
const BATCH_MS = 20;

/** Messages, each with its line feed, Latin-1. */
export interface SyslogBatch {
  readonly text: string;
  readonly lines: number;
}

/**
 * The access log of one thread on its way to the router's one connection to the syslog server. Of what was handed on
 * and not yet taken there is a limit; lines beyond are dropped and counted.
 */
export class SyslogRelay implements AccessLog, Owner {
  readonly kind = 'connection';
  readonly #options: SyslogOptions;
  readonly #onDropped: (lines: number) => void;
  readonly #hand: (batch: SyslogBatch) => void;
  #text = '';
  #lines = 0;
  /** Handed on. */
  #untaken = 0;
  #timer: NodeJS.Timeout | undefined;
  #onTaken: (() => void) | null = null;

  constructor(
    options: SyslogOptions,
    onDropped: (lines: number) => void,
    hand: (batch: SyslogBatch) => void,
  ) {
    this.#options = options;
    this.#onDropped = onDropped;
    this.#hand = hand;
  }

  write(line: string | LineBytes): void {
    if (this.#untaken + this.#text.length > MAX_WAITING_BYTES) {
      this.#onDropped(1);
      return;
    }
    this.#text += `${syslogMessage(line, new Date(), this.#options)}\n`;
    this.#lines++;
    if (this.#text.length >= BATCH_BYTES) this.#flush();
    else this.#timer ??= after(BATCH_MS, this, () => this.#flush());
  }

  /** So much of what was handed on is with the connection. */
  taken(characters: number): void {
    this.#untaken -= characters;
    if (this.#untaken === 0) this.#onTaken?.();
  }

  reopen(): void {}

  /** Resolves when all is taken. */
  close(): Promise<void> {
    this.#flush();
    if (this.#untaken === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onTaken = resolve;
    return promise;
  }

  panic(): void {
    if (this.#lines > 0) this.#onDropped(this.#lines);
    this.#text = '';
    this.#lines = 0;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines === 0) return;
    const batch = { text: this.#text, lines: this.#lines };
    this.#untaken += batch.text.length;
    this.#text = '';
    this.#lines = 0;
    this.#hand(batch);
  }
}
