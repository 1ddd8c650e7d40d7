import type { Outbox } from '../../connection/outbox.ts';
import type { ClientFacts } from '../../policy/client-facts.ts';
import type { Streams } from '../streams.ts';
import type { ClientStream } from './client-stream.ts';

/** What a client's connection is to its streams. */
export interface ClientHome {
  readonly client: ClientFacts;
  readonly streams: Streams;
  readonly outbox: Outbox;
  /** A request's head is held; `false` when it is more than may be beside those there are. */
  addHead(bytes: number): boolean;
  removeHead(bytes: number): void;
  /** Bytes of a body wait, or no longer do. */
  addUntaken(bytes: number): void;
  /** What waits for the client is more now, or less. */
  tellHeld(): void;
  noteReset(): void;
  noteServed(): void;
  /** The client is silent in the middle of something. */
  expectAnswer(): void;
  giveBack(stream: ClientStream): void;
}
