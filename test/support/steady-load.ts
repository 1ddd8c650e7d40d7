import { get, RawClient, statusOf } from './raw-http.ts';

export interface Answered {
  readonly body: string;
  /** Milliseconds of the monotonic clock: when its request was sent. */
  readonly sentAt: number;
}

/**
 * Keep-alive connections that send one request after the other, each with a token of its own for its path. Every
 * answer that is not a 200 for its token is a failure, and so is every connection that ends.
 */
export class SteadyLoad {
  readonly failures: string[] = [];
  answers = 0;
  readonly #host: string;
  readonly #onAnswer: (answer: Answered) => void;
  readonly #connections: Promise<void>[] = [];
  #names = 0;
  #state: 'running' | 'stopping' = 'running';
  #waiting: { readonly answers: number; readonly resolve: () => void }[] = [];

  /** @param onAnswer told of every good answer, without the token */
  constructor(host: string, onAnswer: (answer: Answered) => void = () => {}) {
    this.#host = host;
    this.#onAnswer = onAnswer;
  }

  /** `connections` more. */
  start(port: number, connections: number): void {
    for (let each = 0; each < connections; each++) this.#connections.push(this.#run(port));
  }

  /** Resolves when so many requests more have been answered, or failed. */
  more(answers: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ answers: this.answers + answers, resolve }));
  }

  /** Resolves when every request has its answer. */
  async stop(): Promise<void> {
    this.#state = 'stopping';
    await Promise.all(this.#connections);
  }

  async #run(port: number): Promise<void> {
    let client: RawClient | null = null;
    const name = ++this.#names;
    for (let request = 0; this.#state === 'running'; request++) {
      const token = `${name}-${request}`;
      try {
        client ??= await RawClient.connect(port);
        const sentAt = performance.now();
        const response = await client.send(get(this.#host, `/${token}`)).response();
        const body = response.body.replace(` ${token}`, '');
        if (statusOf(response) === 200 && body !== response.body) this.#onAnswer({ body, sentAt });
        else this.failures.push(`${token}: ${response.start}, ${JSON.stringify(response.body)}`);
      } catch (error) {
        this.failures.push(`${token}: ${(error as Error).message}`);
        client?.close();
        client = null;
      }
      this.#count();
    }
    client?.close();
  }

  #count(): void {
    this.answers++;
    const due = this.#waiting.filter(({ answers }) => answers <= this.answers);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter(({ answers }) => answers > this.answers);
    for (const { resolve } of due) resolve();
  }
}
