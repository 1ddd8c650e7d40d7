import assert from 'node:assert/strict';
import { connectPeer, type Http2Peer } from './http2-peer.ts';
import { asking, data, END_STREAM, headers } from './raw-http2.ts';

/** Some servers allow only so many streams in a connection's life. */
const MOST_STREAMS = 400;

/** A good client with a connection of its own, on which a request is under way while others do what they want. */
export class Http2Bystander {
  readonly #port: number;
  #peer: Http2Peer | null = null;
  #next = 1;

  constructor(port: number) {
    this.#port = port;
  }

  /** Runs a case while a request has been begun. It must then be answered, and nothing of another's come with it. */
  async waits(run: () => Promise<void>): Promise<void> {
    const { peer, id } = await this.#begin();
    try {
      await run();
      peer.send(data(id, 'beside', END_STREAM));
      assert.equal(await peer.outcome(id), '200', `of another connection; ${peer.summary()}`);
      assert.equal(peer.stream(id).body, 'POST /bystander\nbeside');
      assert.deepEqual(peer.wrongs, []);
    } catch (error) {
      // Whatever has become of it, the next case begins with another.
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#peer?.close();
    this.#peer = null;
    this.#next = 1;
  }

  async #begin(): Promise<{ peer: Http2Peer; id: number }> {
    if (this.#next > MOST_STREAMS) this.close();
    this.#peer ??= await connectPeer(this.#port);
    const id = this.#next;
    this.#next += 2;
    this.#peer.send(headers(id, asking({ ':method': 'POST', ':path': '/bystander' }), 0));
    return { peer: this.#peer, id };
  }
}
