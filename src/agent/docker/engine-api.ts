import { type Dispatcher, Pool } from 'undici';
import { inBackground } from '../../boundary/boundary.ts';
import { on } from '../../boundary/events.ts';
import { ONE_MESSAGE, ONE_ROUND } from '../../boundary/owner.ts';
import { EventLines } from '../containers/event-lines.ts';
import { type EngineAddress, engineText } from './engine-address.ts';
import { Turns } from './turns.ts';

/** What a list says of one container. */
export interface ListedContainer {
  readonly id: string;
  /** The engine's word, as `Container.status` is. */
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Differs when the container is to be looked at anew: its state, name or addresses are others. */
  readonly signature: string;
}

export interface ContainerList {
  readonly containers: readonly ListedContainer[];
  /** Podman tells by no event that a container is about to stop, or how its health is. */
  readonly isPodman: boolean;
}

/** What a request has come to, in a sentence without a secret. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
  /** Of the answer; 0: there was none. */
  readonly status: number;

  constructor(sentence: string, status = 0) {
    super(sentence);
    this.status = status;
  }
}

/** One of them is that of the events. */
const CONNECTIONS = 6;
const CONNECT_MS = 4_000;
/** An engine that is busy with a hundred containers takes seconds. */
const ANSWER_MS = 15_000;
const LARGEST_ANSWER = 64 * 1024 * 1024;
const LARGEST_FAULT = 4096;
const LONGEST_WORDS = 200;
/** That a container has another address is an event of its network. */
const OF_CONTAINERS = encodeURIComponent(JSON.stringify({ type: ['container', 'network'] }));

/** The API of Docker's engine, which Podman has too. Closed once. */
export class EngineApi {
  readonly name: string;
  readonly #pool: Pool;
  readonly #answerMs: number;
  /** The time for an answer begins when it is asked for, however many others are. */
  readonly #turns = new Turns(CONNECTIONS - 1);

  /** @param answerMs milliseconds that a whole answer may take */
  constructor(address: EngineAddress, answerMs = ANSWER_MS) {
    this.name = engineText(address);
    this.#answerMs = answerMs;
    const origin = address.kind === 'tcp' ? `http://${address.host}:${address.port}` : 'http://localhost';
    this.#pool = new Pool(origin, {
      connections: CONNECTIONS,
      headersTimeout: answerMs,
      bodyTimeout: answerMs,
      connect: { timeout: CONNECT_MS, ...(address.kind === 'socket' && { socketPath: address.path }) },
    });
  }

  /** All containers, those that do not run too: which words for states an engine knows differs. @throws {EngineFailure} */
  async list(signal: AbortSignal): Promise<ContainerList> {
    const { headers, answer } = await this.#json('/containers/json?all=true', signal);
    if (!Array.isArray(answer)) throw new EngineFailure(`${this.name} answered a list with something else`);
    const containers = answer.flatMap((entry) => listed(entry) ?? []);
    return { containers, isPodman: /^libpod/i.test(String(headers['server'] ?? '')) };
  }

  /** All that is known of a container; null: there is none of that id. @throws {EngineFailure} */
  async inspect(id: string, signal: AbortSignal): Promise<unknown> {
    try {
      return (await this.#json(`/containers/${id}/json`, signal)).answer;
    } catch (error) {
      if (error instanceof EngineFailure && error.status === 404) return null;
      throw error;
    }
  }

  /**
   * Lines of events of containers and their networks, from now on and for as long as the engine is there; the promise is for the head of the
   * answer, from which on none is missed. @throws {EngineFailure}
   */
  async events(signal: AbortSignal): Promise<AsyncIterable<string>> {
    const path = `/events?filters=${OF_CONTAINERS}`;
    try {
      return this.#lines(path, (await this.#open(path, signal, 0)).body);
    } catch (error) {
      throw this.#explained(path, error);
    }
  }

  /** Cuts what is under way. */
  close(): void {
    inBackground(ONE_ROUND, this.#pool.destroy());
  }

  async *#lines(path: string, body: AsyncIterable<Buffer>): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    const lines = new EventLines();
    try {
      for await (const chunk of body) {
        const complete = lines.add(decoder.decode(chunk, { stream: true }));
        if (complete === 'too-long') throw new EngineFailure(`${this.name} sent an event longer than 1 MiB`);
        yield* complete;
      }
    } catch (error) {
      throw this.#explained(path, error);
    }
  }

  async #json(
    path: string,
    signal: AbortSignal,
  ): Promise<{ headers: Dispatcher.ResponseData['headers']; answer: unknown }> {
    await this.#turns.enter();
    const limit = AbortSignal.timeout(this.#answerMs);
    try {
      const { headers, body } = await this.#open(path, AbortSignal.any([signal, limit]), this.#answerMs);
      return { headers, answer: JSON.parse(await text(body, LARGEST_ANSWER)) };
    } catch (error) {
      throw this.#explained(path, error);
    } finally {
      this.#turns.leave();
    }
  }

  /** @param bodyTimeout milliseconds of silence; 0: any */
  async #open(path: string, signal: AbortSignal, bodyTimeout: number): Promise<Dispatcher.ResponseData> {
    const answer = await this.#pool.request({ path, method: 'GET', signal, bodyTimeout });
    const { statusCode, body } = answer;
    if (statusCode === 200) return answer;
    const why = await text(body, LARGEST_FAULT).catch(() => '');
    const told = why.trim() === '' ? '' : `: ${message(why)}`;
    throw new EngineFailure(`${this.#asked(path)} was answered with ${statusCode}${told}`, statusCode);
  }

  #explained(path: string, error: unknown): EngineFailure {
    if (error instanceof EngineFailure) return error;
    const { name, message: words, code: written } = error as Error & { readonly code?: unknown };
    // That of an abort is a number.
    const code = String(written ?? '');
    switch (code) {
      case 'ENOENT':
        return new EngineFailure(
          `${this.name} is not there: start the engine, or name its socket with --docker-socket`,
        );
      case 'EACCES':
        return new EngineFailure(
          `${this.name} may not be opened by this user: let it join the socket's group`,
        );
      case 'ECONNREFUSED':
        return new EngineFailure(`nobody listens at ${this.name}: start the engine`);
    }
    if (error instanceof SyntaxError)
      return new EngineFailure(`${this.#asked(path)} was answered with no JSON`);
    if (name === 'TimeoutError' || (code.startsWith('UND_ERR_') && code.endsWith('_TIMEOUT'))) {
      return new EngineFailure(`${this.#asked(path)} was not answered in time`);
    }
    return new EngineFailure(`${this.#asked(path)}: ${words || code}`);
  }

  #asked(path: string): string {
    return `GET ${path.replace(/\?.*/, '')} at ${this.name}`;
  }
}

function listed(entry: unknown): ListedContainer | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { Id, State, Labels, Names, NetworkSettings } = entry as Readonly<Record<string, unknown>>;
  if (typeof Id !== 'string' || typeof State !== 'string') return null;
  const labels = typeof Labels === 'object' && Labels !== null ? Labels : {};
  return {
    id: Id,
    state: State,
    labels: labels as Record<string, string>,
    signature: JSON.stringify([State, Names, NetworkSettings]),
  };
}

async function text(body: Dispatcher.ResponseData['body'], most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) {
      // Leaving the loop destroys the body, and its connection with it.
      on(body, 'error', ONE_MESSAGE, () => {});
      throw new EngineFailure(`an answer was longer than ${most} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Engines say what is wrong in JSON; a proxy before one may not. */
function message(body: string): string {
  let said: unknown = body;
  try {
    said = JSON.parse(body).message;
  } catch {
    // Plain text is as good.
  }
  return String(said).trim().slice(0, LONGEST_WORDS);
}
