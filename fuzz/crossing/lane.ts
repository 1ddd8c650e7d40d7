import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { END_STREAM, TYPE } from '../../test/support/raw-http2.ts';
import type { Teardown } from '../socket/teardown.ts';
import type { Crossing } from './crossing.ts';
import { GoodClient } from './good-client.ts';
import { marksIn } from './nonce.ts';
import { ScriptedBackend } from './scripted-backend.ts';
import { Speaker } from './speaker.ts';
import type { WatchedRouter } from './watched-router.ts';

const HEAD_BYTES = 9;
/** Nothing is heard from the router for so many moments when it has nothing more to say; with a request on its way, more. */
const QUIET_MOMENTS = 2;
const ON_ITS_WAY_MOMENTS = 6;
const MOST_MOMENTS = 40;
/** A connection that is refused is tried again: another thread takes the port. */
const AGAIN_MS = 50;

type Backends = Readonly<Record<'1' | '2', ScriptedBackend>>;

export interface Outcome {
  /** Whether something came to the backend, and something of this exchange back to the client. */
  readonly reached: boolean;
  readonly answered: boolean;
  /** Whose bytes were seen where they do not belong; `null` when nobody's were. */
  readonly leak: string | null;
}

export const NOTHING: Outcome = { reached: false, answered: false, leak: null };

/** Where one crossing after the other is run, beside those of other lanes. */
export class Lane {
  /** The one under way, or the last, and those before it. */
  recent: readonly Crossing[] = [];
  readonly #router: WatchedRouter;
  readonly #number: number;
  readonly #backends: Backends;
  readonly #good: GoodClient;
  /** Of all crossings of this lane. */
  readonly #marks = new Set<string>();
  #asked = 0;

  static async start(router: WatchedRouter, number: number, teardown: Teardown): Promise<Lane> {
    const backends = {
      '1': await ScriptedBackend.start('1', teardown),
      '2': await ScriptedBackend.start('2', teardown),
    };
    const lane = new Lane(router, number, backends);
    for (const version of ['1', '2'] as const) {
      backends[version].play(REGISTERING);
      await router.route(lane.#host(version), backends[version].port, version);
    }
    teardown.after(() => lane.#good.close());
    return lane;
  }

  private constructor(router: WatchedRouter, number: number, backends: Backends) {
    this.#router = router;
    this.#number = number;
    this.#backends = backends;
    this.#good = new GoodClient(router.port);
  }

  /** @throws Error when a good request behind it does not get the right answer */
  async run(crossing: Crossing): Promise<Outcome> {
    this.recent = [crossing, ...this.recent.slice(0, 2)];
    const [client, , version] = crossing.versions as unknown as ['1' | '2', 'x', '1' | '2'];
    const backend = this.#backends[version];
    backend.play(crossing.backend);
    const speaker = new Speaker(
      connect({ port: this.#router.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }),
    );
    const { greeting, parts, chop } = crossing.client;
    await speaker.say([...greeting, ...parts], chop, this.#host(version));
    await this.#quiet(speaker, backend, client);
    speaker.reset();
    try {
      // When it is answered the router knows that the client is gone, and asks the backend nothing any more.
      await this.#askGood();
    } finally {
      backend.hangUp();
    }
    this.#marks.add(crossing.nonce);
    // What a client before this one had asked may come to the backend late.
    const atBackend = marksIn(backend.received).filter((mark) => !this.#marks.has(mark));
    const leak =
      strangers('the client', crossing, marksIn(speaker.received)) ??
      strangers('the backend', crossing, atBackend) ??
      strangers('a request to the backend', crossing, backend.mixed);
    const answered = speaker.received.includes(crossing.nonce);
    return { reached: backend.received !== '', answered, leak };
  }

  /** Resolves when good requests of all pairs of versions are answered; so many attempts. */
  async recovered(attempts: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#good.askAll();
      } catch (error) {
        if (attempt === attempts) throw error;
        await delay(AGAIN_MS);
      }
    }
  }

  /** One good request, of each pair of versions in turn. @throws Error when its answer is not the right one */
  async #askGood(): Promise<void> {
    const turn = this.#asked++;
    await this.#good.ask(turn % 2 === 0 ? '1' : '2', turn % 4 < 2 ? '1' : '2');
  }

  #host(version: '1' | '2'): string {
    return `case-${this.#number}-${version}.test`;
  }

  /** Resolves when the exchange is over, or nobody has anything to say for a while. */
  async #quiet(speaker: Speaker, backend: ScriptedBackend, version: '1' | '2'): Promise<void> {
    let quiet = 0;
    for (let moments = 0; moments < MOST_MOMENTS; moments++) {
      if (quiet >= (backend.received === '' ? ON_ITS_WAY_MOMENTS : QUIET_MOMENTS)) return;
      if (backend.isSilent && (speaker.isClosed || (version === '2' && isOver(speaker.received)))) return;
      const before = speaker.received.length + backend.received.length;
      await speaker.heard();
      const still = before === speaker.received.length + backend.received.length;
      quiet = still && backend.isSilent ? quiet + 1 : 0;
    }
  }
}

const REGISTERING = {
  greeting: [],
  parts: [{ kind: 'bytes', text: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' }],
  chop: 0,
} as const;

function strangers(who: string, { nonce }: Crossing, marks: readonly string[]): string | null {
  const strange = marks.filter((mark) => mark !== nonce);
  return strange.length === 0 ? null : `leak: ${who} of ${nonce} gets bytes of ${strange.join(' and ')}`;
}

/** Whether the router has ended or reset the first stream, or the connection. */
function isOver(bytes: string): boolean {
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const head = Buffer.from(bytes.slice(at, at + HEAD_BYTES), 'latin1');
    const type = head[3]!;
    if (type === TYPE.goaway) return true;
    if (head.readUInt32BE(5) === 1) {
      if (type === TYPE.resetStream) return true;
      if ((type === TYPE.data || type === TYPE.headers) && head[4]! & END_STREAM) return true;
    }
    at += HEAD_BYTES + head.readUIntBE(0, 3);
  }
  return false;
}
