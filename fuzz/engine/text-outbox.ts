import { Socket } from 'node:net';
import { ONE_MESSAGE } from '../../src/boundary/owner.ts';
import { Outbox } from '../../src/http/connection/outbox.ts';
import { FlushQueue } from '../../src/time/flush-queue.ts';

const NEVER_CONNECTED = new Socket();
const NEVER_FLUSHED = new FlushQueue();

/** Gathers what would be written to a socket. */
export class TextOutbox extends Outbox {
  written = '';

  constructor() {
    super(ONE_MESSAGE, NEVER_CONNECTED, NEVER_FLUSHED, () => {});
  }

  override text(text: string): void {
    this.written += text;
  }

  override bytes(buffer: Buffer, start: number, end: number): void {
    this.written += buffer.toString('latin1', start, end);
  }
}
