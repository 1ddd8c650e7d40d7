import { giveUp } from '../../boundary/boundary.ts';
import type { Owner } from '../../boundary/owner.ts';
import type { Unfinished } from '../../network/unfinished.ts';
import type { BusStats } from './bus-stats.ts';
import { type ConnectOptions, DEFAULT_CONNECT_OPTIONS, parseConnectOptions } from './connect-options.ts';
import type { Credentials } from './credentials.ts';
import type { Gate } from './gate.ts';
import type { ClientOperations } from './protocol.ts';
import { isLiteralSubject, isValidSubject } from './subject.ts';
import type { SubscriptionIndex } from './subscriptions.ts';

/** What all sessions of one bus share. */
export interface SharedBus {
  readonly subscriptions: SubscriptionIndex<Subscription>;
  readonly stats: BusStats;
  readonly unfinished: Unfinished;
  readonly gate: Gate;
  /** `undefined` lets everyone in. */
  readonly credentials: Credentials | undefined;
  /** At least 0, below 1. */
  readonly random: () => number;
}

/** The way back to the client; given up when what is done for this client alone throws. */
export interface ClientOutput extends Owner {
  sendLine(line: string): void;
  /** `publisher` may have to wait until this client has caught up. */
  sendMessage(line: string, message: Buffer, publisher: ClientOutput): void;
  /** Takes nothing from this client until it was told to go on as often. */
  wait(): void;
  goOn(): void;
  /** Ends the connection after telling the client why. */
  fail(error: string): void;
}

export interface Subscription {
  readonly subject: string;
  readonly queue: string;
  readonly sid: string;
  readonly owner: ClientSession;
  delivered: number;
  /** Ends the subscription when this many messages were delivered. */
  max: number;
}

interface Message {
  readonly from: ClientSession;
  readonly subject: string;
  readonly reply: string;
  /** Header block and payload. */
  readonly bytes: Buffer;
  readonly headerLength: number;
}

const MAX_UNANSWERED_PINGS = 2;
/** Of one client: some ten thousand subscriptions. */
const MAX_SUBSCRIPTION_BYTES = 8 * 1024 * 1024;
/** Of a subscription, besides its texts. */
const SUBSCRIPTION_BYTES = 600;
const NO_RESPONDERS = Buffer.from('NATS/1.0 503\r\n\r\n');

/** What a client's operations mean, apart from any socket. */
export class ClientSession implements ClientOperations {
  readonly #bus: SharedBus;
  readonly #output: ClientOutput;
  readonly #subscriptions = new Map<string, Subscription>();
  #state: 'unauthorized' | 'open' | 'closed';
  #options: ConnectOptions = DEFAULT_CONNECT_OPTIONS;
  #unansweredPings = 0;
  /** Bytes that the subscriptions come to. */
  #memory = 0;

  constructor(bus: SharedBus, output: ClientOutput) {
    this.#bus = bus;
    this.#output = output;
    this.#state = bus.credentials === undefined ? 'open' : 'unauthorized';
  }

  connect(text: string): void {
    const options = parseConnectOptions(text);
    if (options === undefined) {
      this.#output.fail('Parser Error in CONNECT');
    } else if (this.#bus.credentials?.match(options.user ?? '', options.pass ?? '') === false) {
      this.#output.fail('Authorization Violation');
    } else if (options.no_responders && !options.headers) {
      this.#output.fail('no responders requires headers support');
    } else {
      this.#state = 'open';
      this.#options = options;
      this.#acknowledge();
    }
  }

  admits(): boolean {
    if (this.#state !== 'unauthorized') return true;
    this.#output.fail('Authorization Violation');
    return false;
  }

  ping(): void {
    this.#output.sendLine('PONG\r\n');
  }

  pong(): void {
    this.#unansweredPings = 0;
  }

  subscribe(subject: string, queue: string, sid: string): void {
    if (!isValidSubject(subject)) {
      this.#output.sendLine("-ERR 'Invalid Subject'\r\n");
      return;
    }
    // As in nats-server, a second SUB with the id of a living subscription changes nothing.
    if (!this.#subscriptions.has(sid)) {
      this.#memory += costOf(subject, queue, sid);
      if (this.#memory > MAX_SUBSCRIPTION_BYTES) {
        this.#output.fail('maximum subscriptions exceeded');
        return;
      }
      const subscription = { subject, queue, sid, owner: this, delivered: 0, max: Number.POSITIVE_INFINITY };
      this.#subscriptions.set(sid, subscription);
      this.#bus.subscriptions.add(subscription);
    }
    this.#acknowledge();
  }

  unsubscribe(sid: string, max: number): void {
    const subscription = this.#subscriptions.get(sid);
    if (subscription !== undefined) {
      if (subscription.delivered < max) subscription.max = max;
      else this.#remove(subscription);
    }
    this.#acknowledge();
  }

  publish(subject: string, reply: string, bytes: Buffer, headerLength: number): void {
    if (headerLength > 0 && !this.#options.headers) {
      this.#output.fail('message headers not supported');
      return;
    }
    this.#bus.stats.inMsgs++;
    this.#bus.stats.inBytes += bytes.length;
    if (this.#options.pedantic && !isLiteralSubject(subject)) {
      this.#output.sendLine("-ERR 'Invalid Publish Subject'\r\n");
    }
    this.#acknowledge();
    const delivered = this.#distribute({ from: this, subject, reply, bytes, headerLength });
    if (!delivered && reply !== '' && this.#options.no_responders) this.#reportNoResponders(reply);
  }

  /** To be called when a client must have logged in. */
  loginDue(): void {
    if (this.#state === 'unauthorized') this.#output.fail('Authentication Timeout');
  }

  /** To be called once per ping interval. */
  pingDue(): void {
    if (this.#unansweredPings < MAX_UNANSWERED_PINGS) {
      this.#unansweredPings++;
      this.#output.sendLine('PING\r\n');
    } else {
      this.#bus.stats.staleConnections++;
      this.#output.fail('Stale Connection');
    }
  }

  /** Nothing is delivered to this client any more. */
  close(): void {
    this.#state = 'closed';
    for (const subscription of this.#subscriptions.values()) this.#bus.subscriptions.remove(subscription);
    this.#subscriptions.clear();
  }

  #distribute(message: Message): boolean {
    const { plain, groups } = this.#bus.subscriptions.match(message.subject);
    let delivered = false;
    for (const subscription of plain) {
      if (subscription.owner.#deliver(subscription, message)) delivered = true;
    }
    for (const group of groups) {
      const first = Math.floor(this.#bus.random() * group.length);
      const takes = (_: unknown, i: number) => {
        const member = group[(first + i) % group.length]!;
        return member.owner.#deliver(member, message);
      };
      if (group.some(takes)) delivered = true;
    }
    return delivered;
  }

  #deliver(subscription: Subscription, message: Message): boolean {
    // A delivery earlier in the same round may have closed this session.
    if (this.#state === 'closed' || (message.from === this && !this.#options.echo)) return false;
    try {
      this.#send(subscription, message);
    } catch (error) {
      // Neither who has sent it nor the next to get it has to do with that.
      giveUp(this.#output, error);
    }
    return true;
  }

  #send(subscription: Subscription, { from, subject, reply, bytes, headerLength }: Message): void {
    const start = reply === '' ? `${subject} ${subscription.sid}` : `${subject} ${subscription.sid} ${reply}`;
    const hasHeader = headerLength > 0;
    const withHeader = hasHeader && this.#options.headers;
    const body = hasHeader && !withHeader ? bytes.subarray(headerLength) : bytes;
    const line = withHeader
      ? `HMSG ${start} ${headerLength} ${body.length}\r\n`
      : `MSG ${start} ${body.length}\r\n`;
    this.#bus.stats.outMsgs++;
    this.#bus.stats.outBytes += body.length;
    subscription.delivered++;
    if (subscription.delivered >= subscription.max) this.#remove(subscription);
    this.#output.sendMessage(line, body, from.#output);
  }

  /** A request nobody listens to is answered by the server: no payload, status 503 (nats-server since 2.2). */
  #reportNoResponders(reply: string): void {
    const { plain, groups } = this.#bus.subscriptions.match(reply);
    const own = [plain, ...groups].flat().find((subscription) => subscription.owner === this);
    if (own === undefined) return;
    const headerLength = NO_RESPONDERS.length;
    this.#send(own, { from: this, subject: reply, reply: '', bytes: NO_RESPONDERS, headerLength });
  }

  #acknowledge(): void {
    if (this.#options.verbose) this.#output.sendLine('+OK\r\n');
  }

  #remove(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.sid);
    this.#memory -= costOf(subscription.subject, subscription.queue, subscription.sid);
    this.#bus.subscriptions.remove(subscription);
  }
}

function costOf(subject: string, queue: string, sid: string): number {
  return SUBSCRIPTION_BYTES + subject.length + queue.length + sid.length;
}
