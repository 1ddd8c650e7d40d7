import type { Socket } from 'node:net';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import type { ProxyHeader } from '../../proxy-protocol/header.ts';
import type { LiveRoute } from '../policy/live-route.ts';
import type { Outcome } from './outcome.ts';
import { Peek } from './peek.ts';
import type { TcpContext } from './tcp-context.ts';

/** A client's connection of which all is known that tells where it leads. */
export interface Arrived {
  /** Paused. `raw`, unless its TLS ends here. */
  readonly client: Socket;
  readonly header: ProxyHeader | null;
  /** What it asked for; empty: nothing. */
  readonly serverName: string;
  /** The protocol of its TLS handshake with the router, empty: none; `null` where its TLS does not end here. */
  readonly agreed: string | null;
  /** What came already. */
  readonly rest: Buffer | null;
  /** Whether the client has said all it will. */
  readonly ended: boolean;
}

export interface ArrivalPlan {
  readonly owner: Owner;
  readonly port: number;
  readonly raw: Socket;
  readonly expectsHeader: boolean;
  readonly needsHello: boolean;
  onArrived(arrived: Arrived): void;
  onRefused(outcome: Outcome): void;
}

/** The beginning of a connection on a port where it does not itself tell the route: PROXY header, ClientHello, TLS. */
export class Arrival {
  readonly #context: TcpContext;
  readonly #plan: ArrivalPlan;
  readonly #raw: Socket;
  readonly #peek: Peek;
  readonly #onData: (chunk: Buffer) => void;
  readonly #onEnd: () => void;
  #state: 'peeking' | 'securing' | 'over' = 'peeking';

  constructor(context: TcpContext, plan: ArrivalPlan) {
    const { owner, raw, expectsHeader, needsHello } = plan;
    this.#context = context;
    this.#plan = plan;
    this.#raw = raw;
    this.#peek = new Peek(expectsHeader, needsHello);
    this.#onData = on(raw, 'data', owner, (chunk: Buffer) => this.#read(chunk));
    this.#onEnd = on(raw, 'end', owner, () => this.#ended());
    raw.resume();
  }

  /** Time is up. A client that waits for its server to speak first says no hello. */
  expire(): void {
    if (this.#state === 'over') return;
    if (this.#state === 'securing') this.#refuse('tls-handshake-failed');
    else if (this.#peek.awaitsHeader) this.#refuse('peek-timeout');
    else this.#withoutHello('peek-timeout', false);
  }

  /** The connection is gone. */
  closed(): void {
    if (this.#state === 'securing') this.#refuse('tls-handshake-failed');
    else if (this.#state === 'peeking') this.#refuse('client-reset');
  }

  #read(chunk: Buffer): void {
    const peeked = this.#peek.add(chunk);
    if (peeked.kind === 'partial') return;
    if (peeked.kind === 'refused') this.#refuse(peeked.outcome);
    else if (!peeked.tls) this.#withoutHello('bad-client-hello', false);
    else {
      const { serverName } = peeked;
      const route = this.#context.match(this.#plan.port, serverName);
      if (route?.terminates) this.#secure(route, serverName);
      else this.#arrive(this.#raw, serverName, null, false);
    }
  }

  #ended(): void {
    if (this.#peek.awaitsHeader) this.#refuse('bad-proxy-header');
    else this.#withoutHello('bad-client-hello', true);
  }

  /** To the default route, as with HAProxy (docs/compatibility.md §7.4), if that does not need TLS. */
  #withoutHello(otherwise: Outcome, ended: boolean): void {
    const route = this.#context.match(this.#plan.port, '');
    if (route?.terminates) this.#refuse(otherwise);
    else this.#arrive(this.#raw, '', null, ended);
  }

  #secure(route: LiveRoute, serverName: string): void {
    const { termination } = this.#context;
    if (termination === null) {
      // A reload took the certificates away, and the route is still there.
      this.#refuse('tls-handshake-failed');
      return;
    }
    this.#state = 'securing';
    this.#leave();
    // What was looked at is read again by TLS.
    this.#raw.unshift(this.#peek.rest);
    termination.begin(this.#plan.owner, this.#raw, route.alpns, (socket) => {
      if (this.#state !== 'securing') return;
      this.#arrive(socket, serverName, socket.alpnProtocol || '', false);
    });
  }

  #arrive(client: Socket, serverName: string, agreed: string | null, ended: boolean): void {
    const { header, rest } = this.#peek;
    if (this.#state === 'peeking') this.#leave();
    client.pause();
    this.#state = 'over';
    const unread = agreed === null ? rest : null;
    this.#plan.onArrived({ client, header, serverName, agreed, rest: unread, ended });
  }

  #refuse(outcome: Outcome): void {
    if (this.#state === 'peeking') this.#leave();
    this.#state = 'over';
    this.#plan.onRefused(outcome);
  }

  #leave(): void {
    this.#raw.pause();
    this.#raw.off('data', this.#onData);
    this.#raw.off('end', this.#onEnd);
  }
}
