import type { Socket } from 'node:net';
import { Admission } from '../connection/admission.ts';
import type { Client, Door } from '../connection/client.ts';
import { Clients } from '../connection/clients.ts';
import { DownstreamConnection } from '../connection/downstream-connection.ts';
import { Entrance } from '../connection/entrance.ts';
import type { ServeDownstream } from '../downstream.ts';
import { ClientConnection } from '../h2/connection/client-connection.ts';
import type { Http2Parts } from '../h2/connection/http2-parts.ts';
import { detectHttp2 } from '../h2/connection/prior-knowledge.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { HttpSettings } from '../settings.ts';

/** The clients' side of a thread: who is let in, what they speak, and the connections there are. */
export class Front {
  readonly clients: Clients;
  readonly admission: Admission;
  readonly entrance: Entrance;
  readonly #context: ProxyContext;
  readonly #http2: Http2Parts;

  /** @throws what OpenSSL has to say of certificates, keys and ciphers */
  constructor(context: ProxyContext, http2: Http2Parts, serve: ServeDownstream) {
    const { maxConnections, maxConnectionsPerAddress } = context.settings;
    this.#context = context;
    this.#http2 = http2;
    this.clients = new Clients(serve);
    this.admission = new Admission(maxConnections, maxConnectionsPerAddress);
    this.entrance = new Entrance(context, this.admission, (client) => this.#open(client));
  }

  reload({ maxConnections, maxConnectionsPerAddress }: HttpSettings): void {
    this.admission.limit(maxConnections, maxConnectionsPerAddress);
  }

  /** Takes over a connection that has just been accepted, paused. */
  enter(socket: Socket, door: Door): void {
    this.entrance.enter(socket, door);
  }

  #open(client: Client): void {
    const { http2 } = this.#context.settings;
    if (client.protocol === 'h2') this.#speakHttp2(client);
    else if (client.scheme === 'https' || !http2.priorKnowledge) this.#speakHttp1(client);
    else this.#askProtocol(client);
  }

  #askProtocol(client: Client): void {
    const leave = this.entrance.wait(client.raw);
    detectHttp2(client, (isHttp2) => {
      leave();
      if (isHttp2) {
        this.#speakHttp2(client);
        return;
      }
      this.#speakHttp1(client);
      client.socket.resume();
    });
  }

  #speakHttp1(client: Client): void {
    new DownstreamConnection(this.#context, this.clients, client);
  }

  #speakHttp2(client: Client): void {
    new ClientConnection(this.#http2, this.clients, client);
  }
}
