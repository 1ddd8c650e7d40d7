import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** A NATS server that says what a test wants it to say. */
export class ScriptedNats {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections taken so far. */
  accepted = 0;
  /** So many logins from now on are refused. */
  loginsToRefuse = 0;
  /** Answers SUB with this error. */
  subscribeError: string | undefined;

  static async start(port = 0): Promise<ScriptedNats> {
    const scripted = new ScriptedNats();
    scripted.#server.listen(port, '127.0.0.1');
    await once(scripted.#server, 'listening');
    return scripted;
  }

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  say(text: string): void {
    for (const socket of this.#sockets) socket.write(text);
  }

  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.drop();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.accepted++;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    socket.setEncoding('latin1');
    socket.write(
      'INFO {"server_id":"S","version":"2.10.0","proto":1,"headers":true,"max_payload":1048576}\r\n',
    );
    socket.on('data', (text: string) => {
      for (const line of text.split('\r\n')) this.#answer(socket, line);
    });
  }

  #answer(socket: Socket, line: string): void {
    if (line === 'PING') {
      if (this.loginsToRefuse === 0) socket.write('PONG\r\n');
      else {
        this.loginsToRefuse--;
        socket.end("-ERR 'Authorization Violation'\r\n");
      }
    }
    if (line.startsWith('SUB ') && this.subscribeError !== undefined) {
      socket.write(`-ERR '${this.subscribeError}'\r\n`);
    }
  }
}
