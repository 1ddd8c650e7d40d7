import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { hostPort } from '../../address/host-port.ts';
import { guarded } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import { soon } from '../../boundary/timers.ts';
import { AddressRanges } from '../../network/address-ranges.ts';
import { plainAddress } from '../../network/plain-address.ts';
import {
  PROXY_HEADERS_REFUSED,
  TLS_HANDSHAKES,
  TLS_HANDSHAKES_1_3,
  TLS_HANDSHAKES_FAILED,
  TLS_HANDSHAKES_RESUMED,
  TURNED_AWAY,
} from '../../telemetry/counters.ts';
import { HTTP_ON_TLS_PORT } from '../message/fault.ts';
import { NOWHERE } from '../message/fault-place.ts';
import { lastError, lastRefusal } from '../policy/refusal-answer.ts';
import { routerExhausted } from '../policy/router-error.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Refused } from '../refusal.ts';
import type { FrontTlsSettings } from '../settings.ts';
import type { Admission, Refusal } from './admission.ts';
import { type Client, type ClientAddress, type Door, peerAddress } from './client.ts';
import { FrontTls, type Secured } from './front-tls.ts';
import { takeProxyHeader } from './proxy-header-reader.ts';
import { ownerOf } from './socket-owner.ts';
import { WaitingRoom } from './waiting-room.ts';

const PLAIN = {
  scheme: 'http',
  protocol: 'http/1.1',
  certificate: null,
  serverName: '',
  domain: '',
} as const;

/** What OpenSSL says where a request stands in place of a handshake, with one of the usual methods. */
const HTTP_IN_CLEAR: ReadonlySet<string> = new Set(['ERR_SSL_HTTP_REQUEST', 'ERR_SSL_HTTPS_PROXY_REQUEST']);

/** Who comes: as a PROXY header names it, where there is one. */
interface Comer extends ClientAddress {
  /** Whether the peer is one of `cellgate.trusted_proxies`. */
  readonly isProxy: boolean;
}

/** A TLS handshake under way. */
interface Handshake {
  readonly raw: Socket;
  readonly comer: Comer;
  readonly leave: () => void;
  state:
    | 'under way'
    /** It has failed, and the log has been told why. */
    | 'told'
    /** HTTP has begun, or the connection is closed. */
    | 'over';
}

/** The way of a connection from being accepted to its first request: PROXY header, limits, TLS. */
export class Entrance {
  readonly #context: ProxyContext;
  readonly #admission: Admission;
  readonly #open: (client: Client) => void;
  readonly #room: WaitingRoom;
  readonly #proxies: AddressRanges | null;
  #tls: FrontTls<Handshake> | null = null;

  /** @throws what OpenSSL has to say of certificates, keys and ciphers */
  constructor(context: ProxyContext, admission: Admission, open: (client: Client) => void) {
    this.#context = context;
    this.#admission = admission;
    this.#open = open;
    this.#room = new WaitingRoom(context);
    const { frontTls, proxyHeaders } = context.settings;
    this.#proxies = proxyHeaders === null ? null : new AddressRanges(proxyHeaders.trusted);
    this.replaceTls(frontTls);
  }

  /** For handshakes from now on. @throws what OpenSSL has to say; then nothing has changed */
  replaceTls(settings: FrontTlsSettings | null): void {
    this.#tls =
      settings &&
      new FrontTls(settings, {
        onSecure: (secured) => this.#onSecure(secured),
        onRefused: (handshake, code, socket) => this.#onRefused(handshake, code, socket),
      });
  }

  /** For a connection that has to say more before HTTP begins. */
  wait(raw: Socket): () => void {
    return this.#room.enter(raw);
  }

  /** `raw`: accepted, paused. */
  enter(raw: Socket, door: Door): void {
    on(raw, 'error', ownerOf(raw), ignore);
    const { ip, port } = peerAddress(raw);
    const peer = { ip, port, isProxy: false };
    const { proxyHeaders } = this.#context.settings;
    if (proxyHeaders === null) this.#admit(raw, door, peer);
    else if (proxyHeaders.trusted.length === 0) this.#readHeader(raw, door, peer, false);
    else if (this.#proxies?.has(peer.ip)) this.#readHeader(raw, door, peer, true);
    else this.#admit(raw, door, peer);
  }

  /** `required`: whoever is known to be a proxy and sends no header is not taken for a client. */
  #readHeader(raw: Socket, door: Door, peer: Comer, required: boolean): void {
    const leave = this.#room.enter(raw);
    takeProxyHeader(raw, (read) => {
      leave();
      if (typeof read !== 'string') {
        const address =
          read.kind === 'proxied' ? { ip: plainAddress(read.source), port: read.sourcePort } : peer;
        this.#admit(raw, door, { ...address, isProxy: required });
      } else if (read === 'no-header' && !required) {
        this.#admit(raw, door, peer);
      } else {
        this.#context.counters.add(PROXY_HEADERS_REFUSED);
        this.#context.log.info('proxy-header-refused', { peer: peer.ip, fault: read });
        this.#tellRefusal('proxy-header', hostPort(peer.ip, peer.port), read, '');
        raw.destroy();
      }
    });
  }

  /** Takes the connection over, or turns it away when there are too many that cannot make room. */
  #admit(raw: Socket, door: Door, comer: Comer): void {
    const { counters, deadlines, log } = this.#context;
    const admission = this.#admission;
    let refusal = admission.refusal(comer.ip);
    if (refusal === 'too_many_connections' && deadlines.downstreamIdle.expireFirst()) refusal = null;
    if (refusal !== null) {
      counters.add(TURNED_AWAY);
      log.warn('connection-turned-away', { client: comer.ip, reason: refusal });
      const { routerError, status } = routerExhausted(refusal);
      const client = hostPort(comer.ip, comer.port);
      this.#tellRefusal('connection', client, routerError, '', door === 'http' ? status : 0);
      if (door === 'http') turnAway(raw, refusal, this.#context);
      else raw.destroy();
      return;
    }
    const count = admission.enter(comer.ip);
    on(raw, 'close', ownerOf(raw), () => admission.leave(count));
    if (door === 'http') {
      this.#open({ ...PLAIN, ...comer, socket: raw, raw });
      raw.resume();
    } else {
      this.#beginTls(raw, comer);
    }
  }

  #beginTls(raw: Socket, comer: Comer): void {
    if (this.#tls === null || raw.destroyed) {
      raw.destroy();
      return;
    }
    const handshake: Handshake = { raw, comer, leave: this.#room.enter(raw), state: 'under way' };
    on(raw, 'close', ownerOf(raw), () => {
      this.#tellFailed(handshake, 'closed before the handshake was done', '');
      handshake.state = 'over';
    });
    // Until HTTP is spoken nobody has reason to end one side alone.
    raw.allowHalfOpen = false;
    this.#tls.begin(raw, handshake);
  }

  #onSecure({ handshake, socket, certificate, domain }: Secured<Handshake>): void {
    if (handshake.state !== 'under way' || handshake.raw.destroyed) {
      // The client has gone in the same moment. Not now, see `cut`.
      soon(ownerOf(socket), () => socket.destroy());
      return;
    }
    handshake.state = 'over';
    handshake.leave();
    socket.allowHalfOpen = true;
    const { counters } = this.#context;
    counters.add(TLS_HANDSHAKES);
    if (socket.isSessionReused()) counters.add(TLS_HANDSHAKES_RESUMED);
    if (socket.getProtocol() === 'TLSv1.3') counters.add(TLS_HANDSHAKES_1_3);
    const { raw, comer } = handshake;
    const protocol = socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1';
    const serverName = socket.servername || '';
    this.#open({ ...comer, scheme: 'https', protocol, socket, raw, certificate, serverName, domain });
  }

  #onRefused(handshake: Handshake | undefined, code: string, socket: TLSSocket): void {
    this.#context.counters.add(TLS_HANDSHAKES_FAILED);
    // It is closed, and that is told of.
    if (handshake === undefined) return;
    this.#tellFailed(handshake, code, socket.servername || '');
    if (HTTP_IN_CLEAR.has(code)) this.#refuseClear(handshake);
  }

  /** Go's server tells of each (docs/compatibility.md §6.7). */
  #tellFailed(handshake: Handshake, error: string, serverName: string): void {
    if (handshake.state !== 'under way') return;
    handshake.state = 'told';
    const client = hostPort(handshake.comer.ip, handshake.comer.port);
    this.#context.log.info('tls-handshake-failed', { client, server_name: serverName, error });
    this.#tellRefusal('tls', client, error, serverName);
  }

  /** `status`: that was answered; 0: nothing was. */
  #tellRefusal(what: Refused, client: string, reason: string, serverName: string, status = 0): void {
    const nothing = { detail: '', head: '', position: NOWHERE, begun: false };
    this.#context.onRefusal?.({ what, reason, status, client, serverName, ...nothing });
  }

  /** What comes for TLS is HTTP. Nothing of it is read, nor of what TLS would say of it. */
  #refuseClear({ raw, comer }: Handshake): void {
    this.#context.noteRefusal(HTTP_ON_TLS_PORT, hostPort(comer.ip, comer.port), null);
    raw.end(lastRefusal(HTTP_ON_TLS_PORT, this.#context), 'latin1');
  }
}

function ignore(): void {}

function turnAway(
  socket: Socket,
  refusal: Refusal,
  context: Pick<ProxyContext, 'settings' | 'httpDate'>,
): void {
  socket.end(
    lastError(routerExhausted(refusal), context),
    'latin1',
    guarded(ownerOf(socket), () => socket.destroy()),
  );
}
