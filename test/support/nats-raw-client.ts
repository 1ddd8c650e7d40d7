import { connect, type Socket } from 'node:net';

/** A socket that speaks the NATS protocol by hand. */
export class NatsRawClient {
  readonly socket: Socket;
  /** Everything the server sent, one character per byte. */
  received = '';
  #closed = false;
  #waiting: (() => void)[] = [];

  static async connect(port: number): Promise<NatsRawClient> {
    const client = new NatsRawClient(connect({ port, host: '127.0.0.1', noDelay: true }));
    await client.until(/^INFO .*\r\n/);
    return client;
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
      this.#tell();
    });
    // A server that cuts off may reset: 'close' tells all that matters.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#tell();
    });
  }

  get info(): Record<string, unknown> {
    return JSON.parse(/^INFO (.*)\r\n/.exec(this.received)![1]!);
  }

  /** What came after INFO. */
  get answer(): string {
    return this.received.replace(/^INFO .*\r\n/, '');
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Sends in pieces that the server reads apart: each waits for a PONG on another connection. */
  async sendApart(pieces: readonly string[], other: NatsRawClient): Promise<void> {
    for (const piece of pieces) {
      this.send(piece);
      await other.roundTrip();
    }
  }

  async roundTrip(): Promise<void> {
    const pongs = this.received.split('PONG\r\n').length;
    this.send('PING\r\n');
    while (this.received.split('PONG\r\n').length === pongs) await this.#change();
  }

  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.received)) await this.#change();
  }

  async closed(): Promise<void> {
    while (!this.#closed) await this.#change();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #change(): Promise<void> {
    if (this.#closed)
      throw new Error(`the server closed the connection after ${JSON.stringify(this.answer.slice(-200))}`);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
