import { get, RawClient, statusOf } from '../../test/support/raw-http.ts';
import { asking, RawHttp2 } from '../../test/support/raw-http2.ts';
import { within } from '../socket/within.ts';
import { goodAnswer } from './good-backend.ts';
import { FIRST_GOOD, nonceOf } from './nonce.ts';

const HOSTS = { '1': 'good-1.test', '2': 'good-2.test' } as const;
/** Before it takes another connection: each stream is kept in mind. */
const MOST_STREAMS = 500;

let asked = FIRST_GOOD;

/** The host that leads to the good backend of this version. */
export function goodHost(version: '1' | '2'): string {
  return HOSTS[version];
}

/** A client that does all as it should, on a connection of its own for each version, and must get its own answers. */
export class GoodClient {
  readonly #port: number;
  #text: RawClient | null = null;
  #frames: RawHttp2 | null = null;
  #stream = -1;

  constructor(port: number) {
    this.#port = port;
  }

  /** Asks the backends of both versions over both versions. @throws Error when an answer is not the right one */
  async askAll(): Promise<void> {
    for (const backend of ['1', '2'] as const) {
      await this.ask('1', backend);
      await this.ask('2', backend);
    }
  }

  /** @throws Error when the answer is not the right one; the connection is gone then */
  async ask(client: '1' | '2', backend: '1' | '2'): Promise<void> {
    const nonce = nonceOf(asked++);
    const expected = `200 ${goodAnswer(backend, nonce)}`;
    try {
      const answer = client === '1' ? this.#askText(backend, nonce) : this.#askFrames(backend, nonce);
      const got = await within(answer, `no answer to a good request, ${client}x${backend}`);
      if (got !== expected)
        throw new Error(`a good request, ${client}x${backend}, gets ${got}, not ${expected}`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#text?.close();
    this.#frames?.close();
    this.#text = null;
    this.#frames = null;
  }

  async #askText(backend: '1' | '2', nonce: string): Promise<string> {
    this.#text ??= await RawClient.connect(this.#port);
    this.#text.send(get(HOSTS[backend], '/', [`x-mark: ${nonce}`]));
    const response = await this.#text.response();
    // Whatever stands behind the answer is somebody else's.
    return `${statusOf(response)} ${response.body}${this.#text.received}`;
  }

  async #askFrames(backend: '1' | '2', nonce: string): Promise<string> {
    if (this.#stream > MOST_STREAMS * 2) {
      this.#frames?.close();
      this.#frames = null;
    }
    if (this.#frames === null) {
      this.#frames = await RawHttp2.connect(this.#port);
      this.#stream = -1;
    }
    this.#stream += 2;
    const outcome = await this.#frames.ask(
      this.#stream,
      asking({ ':authority': HOSTS[backend] }, [['x-mark', nonce]]),
    );
    return `${outcome} ${this.#frames.stream(this.#stream).body}`;
  }
}
