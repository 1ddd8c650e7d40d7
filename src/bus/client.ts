import type { Msg, NatsConnection, Status } from '@nats-io/transport-node';
import { contain, guarded, inBackground } from '../boundary/boundary.ts';
import { ONE_MESSAGE, type Owner } from '../boundary/owner.ts';
import { every } from '../boundary/timers.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { Bus, BusState, MessageHandler } from './bus.ts';

export interface BusClientOptions {
  /** Milliseconds between pings; two unanswered ones mean that the server is gone. */
  readonly pingInterval: number;
  readonly log: ComponentLog;
  /** The connection is gone for good without `close()`: the router cannot go on. */
  onClosed(): void;
}

/** A connection to a NATS cluster that is kept up for ever (docs/compatibility.md §1.1). Made by `connectBus`. */
export class BusClient implements Bus {
  /** Messages lost because a handler threw. */
  droppedMessages = 0;
  /** Times the server complained that this side reads too slowly; it then drops the connection. */
  slowConsumerErrors = 0;
  readonly #connection: NatsConnection;
  readonly #options: BusClientOptions;
  readonly #reconnectListeners: (() => void)[] = [];
  readonly #stateListeners: ((connected: boolean) => void)[] = [];
  #state: BusState = 'connected';
  #reminder: NodeJS.Timeout | undefined;

  constructor(connection: NatsConnection, options: BusClientOptions) {
    this.#connection = connection;
    this.#options = options;
    options.log.info('Successfully-connected-to-nats', this.#server());
    inBackground(ONE_MESSAGE, this.#watch(connection.status()));
    inBackground(ONE_MESSAGE, this.#watchEnd());
  }

  get state(): BusState {
    return this.#state;
  }

  /** For what NATS has beyond messages, JetStream. It is closed by this client, and by nobody else. */
  get connection(): NatsConnection {
    return this.#connection;
  }

  publish(subject: string, payload: Uint8Array, reply = ''): void {
    if (this.#connection.isClosed()) return;
    if (reply === '') this.#connection.publish(subject, payload);
    else this.#connection.publish(subject, payload, { reply });
  }

  subscribe(subject: string, handle: MessageHandler): void {
    // What got through to the library would end its reader and leave the connection deaf.
    const callback = guarded(this.#lossOf(subject), (error: Error | null, message: Msg) => {
      if (error === null) handle(message.subject, message.data, message.reply ?? '');
      else this.#options.log.error('nats-subscription-refused', { subject, error: error.message });
    });
    this.#connection.subscribe(subject, { callback });
  }

  onReconnect(listener: () => void): void {
    this.#reconnectListeners.push(listener);
  }

  /** Called when the connection is lost, and when it is there again; not when the client is closed. */
  onChange(listener: (connected: boolean) => void): void {
    this.#stateListeners.push(listener);
  }

  flush(): Promise<void> {
    return this.#connection.flush();
  }

  async close(): Promise<void> {
    this.#leave('closed');
    await this.#connection.close();
  }

  /** One message of a subscription is lost, the next ones are not. */
  #lossOf(subject: string): Owner {
    return {
      kind: 'message',
      panic: (error) => {
        this.droppedMessages++;
        this.#options.log.error('nats-message-handler-failed', { subject, error: String(error) });
      },
    };
  }

  async #watch(statuses: AsyncIterable<Status>): Promise<void> {
    for await (const status of statuses) contain(ONE_MESSAGE, () => this.#onStatus(status));
  }

  #onStatus(status: Status): void {
    if (status.type === 'disconnect') this.#disconnected();
    else if (status.type === 'reconnect') this.#reconnected();
    else if (status.type === 'error') this.#failed(status.error);
  }

  async #watchEnd(): Promise<void> {
    this.#closed(await this.#connection.closed());
  }

  /** The library says so again for every server that refuses the login, and announces as many reconnections. */
  #disconnected(): void {
    if (this.#state !== 'connected') return;
    this.#leave('disconnected');
    const { log, pingInterval } = this.#options;
    log.info('nats-connection-disconnected', this.#server());
    this.#tell(false);
    this.#reminder = every(pingInterval, ONE_MESSAGE, () => {
      log.info('nats-connection-still-disconnected', this.#server());
    });
  }

  #reconnected(): void {
    if (this.#state !== 'disconnected') return;
    this.#leave('connected');
    this.#options.log.info('nats-connection-reconnected', this.#server());
    this.#tell(true);
    for (const listener of this.#reconnectListeners) contain(ONE_MESSAGE, listener);
  }

  #tell(connected: boolean): void {
    for (const listener of this.#stateListeners) contain(ONE_MESSAGE, () => listener(connected));
  }

  #failed(error: Error): void {
    if (/slow consumer/i.test(error.message)) this.slowConsumerErrors++;
    this.#options.log.warn('nats-error', { error: error.message });
  }

  #closed(error: unknown): void {
    if (this.#state === 'closed') return;
    this.#leave('closed');
    const cause = error instanceof Error ? error.message : '';
    this.#options.log.fatal('nats-connection-closed', { ...this.#server(), error: cause });
    this.#options.onClosed();
  }

  #leave(next: BusState): void {
    this.#state = next;
    clearInterval(this.#reminder);
  }

  #server(): { readonly host: string; readonly addr: string } {
    const addr = this.#connection.getServer();
    return { host: addr.slice(0, addr.lastIndexOf(':')), addr };
  }
}
