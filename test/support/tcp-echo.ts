import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** A server of raw TCP; by default it sends back what it gets, and ends when its client does. */
export class TcpServer {
  readonly sockets = new Set<Socket>();
  readonly port: number;
  /** Connections taken so far. */
  accepted = 0;

  static async start(
    t: Ending,
    serve: (socket: Socket) => void = (socket) => socket.pipe(socket),
  ): Promise<TcpServer> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpServer(t, server, serve);
  }

  private constructor(t: Ending, server: Server, serve: (socket: Socket) => void) {
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => {
      this.accepted++;
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.sockets.delete(socket));
      serve(socket);
    });
    t.onTestFinished(() => {
      server.close();
      for (const socket of this.sockets) socket.destroy();
    });
  }
}

/** A client of raw TCP that keeps what it hears. */
export class TcpClient {
  readonly socket: Socket;
  /** One character per byte. */
  received = '';
  /** `ECONNRESET` and such; empty when it ended well. */
  error = '';
  readonly closed: Promise<unknown>;

  constructor(t: Ending, port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.received += text;
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    t.onTestFinished(() => this.socket.destroy());
  }

  async until(wanted: string): Promise<void> {
    while (!this.received.includes(wanted)) {
      const what = await Promise.race([
        once(this.socket, 'data').catch(() => 'closed'),
        this.closed.then(() => 'closed'),
      ]);
      if (what === 'closed' && !this.received.includes(wanted)) {
        throw new Error(`closed (${this.error}) after ${JSON.stringify(this.received.slice(0, 200))}`);
      }
    }
  }

  async ask(text: string, wanted = text): Promise<void> {
    this.socket.write(text, 'latin1');
    await this.until(wanted);
  }
}

/** Resolves once a connection to the port gets a word back; tries until then. */
export async function untilServed(t: Ending, port: number): Promise<void> {
  for (;;) {
    const client = new TcpClient(t, port);
    try {
      await client.ask('ready?');
      client.socket.destroy();
      return;
    } catch {
      client.socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Resolves once connections to the port are refused. */
export async function untilRefused(t: Ending, port: number): Promise<void> {
  for (;;) {
    const client = new TcpClient(t, port);
    const refused = client.closed.then(() => client.error === 'ECONNREFUSED');
    const connected = once(client.socket, 'connect').then(
      () => false,
      () => true,
    );
    const outcome = await Promise.race([refused, connected]);
    client.socket.destroy();
    if (outcome) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
