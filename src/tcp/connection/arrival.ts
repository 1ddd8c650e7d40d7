import type { Socket } from 'node:net';
import type { ProxyHeader } from '../../proxy-protocol/header.ts';
import type { LivePort } from '../policy/live-port.ts';
import type { LiveRoute } from '../policy/live-route.ts';
import type { Outcome } from './outcome.ts';
import { Peek } from './peek.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** A client's connection of which all is known that tells where it leads. */
export interface Arrived {
  /** Paused. `raw`, unless its TLS ends here. */
  readonly client: Socket;
  readonly header: ProxyHeader | null;
  readonly serverName: string;
  /** `null`: there is none. */
  readonly route: LiveRoute | null;
  /** What came already. */
  readonly rest: Buffer | null;
  /** Whether the client has said all it will. */
  readonly ended: boolean;
}

export interface ArrivalEvents {
  onArrived(arrived: Arrived): void;
  onRefused(outcome: Outcome): void;
}

/** The beginning of a connection on a port where it does not itself tell the route: PROXY header, ClientHello, TLS. */
export class Arrival {
  readonly #proxy: TcpProxy;
  readonly #port: number;
  readonly #raw: Socket;
  readonly #peek: Peek;
  readonly #events: ArrivalEvents;
  readonly #onData = (chunk: Buffer) => this.#read(chunk);
  readonly #onEnd = () => this.#ended();
  #state: 'peeking' | 'securing' | 'over' = 'peeking';

  constructor(
    proxy: TcpProxy,
    port: number,
    raw: Socket,
    live: LivePort,
    expectsHeader: boolean,
    events: ArrivalEvents,
  ) {
    this.#proxy = proxy;
    this.#port = port;
    this.#raw = raw;
    this.#peek = new Peek(expectsHeader, live.needsHello);
    this.#events = events;
    raw.on('data', this.#onData);
    raw.on('end', this.#onEnd);
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
      const route = this.#proxy.match(this.#port, serverName);
      if (route?.terminates) this.#secure(route, serverName);
      else this.#arrive(this.#raw, route, serverName, false);
    }
  }

  #ended(): void {
    if (this.#peek.awaitsHeader) this.#refuse('bad-proxy-header');
    else this.#withoutHello('bad-client-hello', true);
  }

  /** To the default route, as with HAProxy (gorouter.md §7.4), if that does not need TLS. */
  #withoutHello(otherwise: Outcome, ended: boolean): void {
    const route = this.#proxy.match(this.#port, '');
    if (route?.terminates) this.#refuse(otherwise);
    else this.#arrive(this.#raw, route, '', ended);
  }

  #secure(route: LiveRoute, serverName: string): void {
    const { termination } = this.#proxy;
    if (termination === null) {
      // A reload took the certificates away, and the route is still there.
      this.#refuse('tls-handshake-failed');
      return;
    }
    this.#state = 'securing';
    this.#leave();
    // What was looked at is read again by TLS.
    this.#raw.unshift(this.#peek.rest);
    termination.begin(this.#raw, route.alpns, (socket) => {
      if (this.#state === 'securing') this.#arrive(socket, route, serverName, false);
    });
  }

  #arrive(client: Socket, route: LiveRoute | null, serverName: string, ended: boolean): void {
    const { header, rest } = this.#peek;
    if (this.#state === 'peeking') this.#leave();
    client.pause();
    this.#state = 'over';
    const plain = client === this.#raw;
    this.#events.onArrived({ client, header, serverName, route, rest: plain ? rest : null, ended });
  }

  #refuse(outcome: Outcome): void {
    if (this.#state === 'peeking') this.#leave();
    this.#state = 'over';
    this.#events.onRefused(outcome);
  }

  #leave(): void {
    this.#raw.pause();
    this.#raw.off('data', this.#onData);
    this.#raw.off('end', this.#onEnd);
  }
}
