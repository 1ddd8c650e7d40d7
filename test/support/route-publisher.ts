import { NatsRawClient } from './nats-raw-client.ts';
import { ask, get, statusOf } from './raw-http.ts';

/** Announces the routes of local ports on a bus. */
export class RoutePublisher {
  readonly bus: NatsRawClient;

  static async connect(
    t: { onTestFinished(done: () => unknown): void },
    busPort: number,
  ): Promise<RoutePublisher> {
    const bus = await NatsRawClient.connect(busPort);
    t.onTestFinished(() => bus.socket.destroy());
    bus.send('CONNECT {"verbose":false}\r\n');
    return new RoutePublisher(bus);
  }

  private constructor(bus: NatsRawClient) {
    this.bus = bus;
  }

  register(uri: string, port: number, more: object = {}): void {
    this.#publish('router.register', { uris: [uri], host: '127.0.0.1', port, ...more });
  }

  unregister(uri: string, port: number): void {
    this.#publish('router.unregister', { uris: [uri], host: '127.0.0.1', port });
  }

  /** Registers a host and waits until the router at this port knows it, on every thread. */
  async route(host: string, port: number, router: number): Promise<void> {
    this.register(host, port);
    for (let inARow = 0; inARow < 6; ) {
      inARow = statusOf(await ask(router, get(host))) === 404 ? 0 : inARow + 1;
    }
  }

  #publish(subject: string, message: object): void {
    const payload = JSON.stringify(message);
    this.bus.send(`PUB ${subject} ${Buffer.byteLength(payload)}\r\n${payload}\r\n`);
  }
}
