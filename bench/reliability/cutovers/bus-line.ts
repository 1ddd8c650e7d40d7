import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A router's way to the bus, which can be cut: then nothing comes through, and nobody is told. */
export class BusLine {
  readonly #server: Server;
  readonly #to: number;
  readonly #ends = new Set<Socket>();
  #isCut = false;

  private constructor(to: number) {
    this.#to = to;
    this.#server = createServer({ noDelay: true }, (near) => this.#carry(near));
  }

  /** @param to port of the bus */
  static async lay(to: number): Promise<BusLine> {
    const line = new BusLine(to);
    await once(line.#server.listen(0, '127.0.0.1'), 'listening');
    line.#server.unref();
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#isCut = true;
    for (const end of this.#ends) end.pause();
  }

  /** What was connected is not any more: a router makes its connection anew. */
  mend(): void {
    this.#isCut = false;
    for (const end of this.#ends) end.destroy();
  }

  #carry(near: Socket): void {
    if (this.#isCut) {
      this.#hold(near);
      return;
    }
    const far = connect({ port: this.#to, host: '127.0.0.1', noDelay: true });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#hold(one);
      one.on('data', (bytes) => void other.write(bytes));
      one.on('close', () => other.destroy());
    }
  }

  #hold(end: Socket): void {
    this.#ends.add(end);
    end.on('error', () => end.destroy());
    end.on('close', () => this.#ends.delete(end));
  }
}
