/** `closed` is final: the client was closed, or the library gave up although it never should. */
export type BusState = 'connected' | 'disconnected' | 'closed';

export type MessageHandler = (subject: string, payload: Uint8Array, reply: string) => void;

/** What the router needs of a message bus. */
export interface Bus {
  /** Fire and forget: may be lost while disconnected, ignored once closed. `reply`: where an answer is awaited. */
  publish(subject: string, payload: Uint8Array, reply?: string): void;
  /** `subject` may hold NATS wildcards. Messages arrive in order; an error thrown by the handler costs that message alone. */
  subscribe(subject: string, handle: MessageHandler): void;
  /** Called after each reconnection, once the subscriptions are in place again. */
  onReconnect(listener: () => void): void;
  /** Resolves when the server has seen everything sent before; rejects when the connection is lost first. */
  flush(): Promise<void>;
}
