import { setTimeout as delay } from 'node:timers/promises';
import { ScriptedBackend } from './crossing/scripted-backend.ts';
import { type Incident, WatchedRouter } from './crossing/watched-router.ts';
import { conversationDifference, type Readers, ROUTER, replyDifference } from './http2/compare.ts';
import { type Conversation, type Http2Case, makeHttp2Case, type Reply } from './http2/conversation.ts';
import { converse } from './http2/frame-client.ts';
import { Haproxy } from './http2/haproxy.ts';
import { Nghttp2 } from './http2/nghttp2.ts';
import { type ConversationReading, ReaderDied, type ReplyReading } from './http2/reading.ts';
import { askThrough } from './http2/reply-client.ts';
import { startOrigin, Taken } from './http2/taken.ts';
import { Teardown } from './socket/teardown.ts';
import { within } from './socket/within.ts';

const LANES = 6;
/** Whoever differs once is given more time. */
const HURRY = 1;
const CALM = 12;
const NGHTTP2 = 'nghttp2';
const HAPROXY = 'HAProxy';
/** For what a thread has written to its log to be read. */
const LOG_MS = 60;

export interface Http2Finding {
  readonly difference: string;
  readonly made: Http2Case;
  readonly readings: Readonly<Record<string, unknown>>;
}

export interface Http2Tally {
  cases: number;
  /** Streams whose request the router took, and refused; replies that it took as whole. */
  taken: number;
  refused: number;
  whole: number;
}

/** Where one client of HTTP/2 talks to one reader. */
interface Front {
  /** Of the process there is now. */
  readonly port: () => number;
  readonly taken: Taken;
}

/** The backends of one lane, one for each reader, and where that is asked for it. */
type Backs = Readonly<
  Record<
    string,
    {
      readonly backend: ScriptedBackend;
      readonly ask: (method: string, patience: number) => Promise<ReplyReading>;
    }
  >
>;

/** The same bytes to the router and to others that read HTTP/2: both what clients say and what backends do. */
export class Http2Layer {
  /** Readers that are not installed. */
  readonly missing: readonly string[];
  readonly #teardown: Teardown;
  /** Readers that some cases end. */
  readonly #mortal: Readers<Haproxy | Nghttp2>;
  readonly #fronts: Readers<Front>;
  readonly #lanes: readonly Backs[];
  #incidents: Incident[] = [];

  static async start(lanes = LANES): Promise<Http2Layer> {
    const teardown = new Teardown();
    const router = await WatchedRouter.start(teardown);
    const taken = { [ROUTER]: new Taken(), [HAPROXY]: new Taken(), [NGHTTP2]: new Taken() } as const;
    const origin = await startOrigin(teardown, taken[ROUTER]);
    for (const host of ['case.test', 'other.test']) await router.route(host, origin, '1');
    const backends = await Promise.all(
      Array.from({ length: lanes * 3 }, () => ScriptedBackend.start('2', teardown)),
    );
    const lanesOf = (reader: number) => backends.slice(reader * lanes, (reader + 1) * lanes);
    const proxied = lanesOf(1).map(({ port }) => port);
    const haproxy = await Haproxy.start(teardown, await startOrigin(teardown, taken[HAPROXY]), proxied);
    const nghttp2 = await Nghttp2.start(teardown, taken[NGHTTP2]);
    const fronts: Record<string, Front> = {
      [ROUTER]: { port: () => router.port, taken: taken[ROUTER] },
      [NGHTTP2]: { port: () => nghttp2.port, taken: taken[NGHTTP2] },
      ...(haproxy !== null && { [HAPROXY]: { port: () => haproxy.frontPort, taken: taken[HAPROXY] } }),
    };
    const backs: Backs[] = [];
    for (const [lane, backend] of lanesOf(0).entries()) {
      const host = `lane-${lane}.test`;
      backend.play(REGISTERING);
      await router.route(host, backend.port, '2');
      backend.hangUp();
      const [direct, behind] = [lanesOf(2)[lane]!, lanesOf(1)[lane]!];
      backs.push({
        [ROUTER]: { backend, ask: (method, patience) => askThrough(router.port, host, method, patience) },
        [NGHTTP2]: {
          backend: direct,
          ask: (method, patience) => nghttp2.ask(direct.port, host, method, patience),
        },
        ...(haproxy !== null && {
          [HAPROXY]: {
            backend: behind,
            ask: (method, patience) => askThrough(haproxy.backPorts[lane]!, host, method, patience),
          },
        }),
      });
    }
    return new Http2Layer(teardown, router, [haproxy, nghttp2], fronts, backs);
  }

  private constructor(
    teardown: Teardown,
    router: WatchedRouter,
    [haproxy, nghttp2]: readonly [Haproxy | null, Nghttp2],
    fronts: Readers<Front>,
    lanes: readonly Backs[],
  ) {
    this.#teardown = teardown;
    this.#mortal = { [NGHTTP2]: nghttp2, ...(haproxy !== null && { [HAPROXY]: haproxy }) };
    this.#fronts = fronts;
    this.#lanes = lanes;
    this.missing = haproxy === null ? [HAPROXY] : [];
    router.onIncident = (incident) => void this.#incidents.push(incident);
    teardown.after(() => {
      router.onIncident = () => {};
    });
  }

  stop(): Promise<void> {
    return this.#teardown.run();
  }

  /** Cases `first` to `end` of a seed. `onFinding` is called for each difference, `onProgress` after each case. */
  async run(
    range: { readonly seed: number; readonly first: number; readonly end: number },
    onFinding: (finding: Http2Finding) => void,
    onProgress: (tally: Http2Tally) => void = () => {},
  ): Promise<Http2Tally> {
    const tally = { cases: 0, taken: 0, refused: 0, whole: 0 };
    let next = range.first;
    const work = async (lane: number) => {
      while (next < range.end) {
        const made = makeHttp2Case(range.seed, next++);
        // What hangs on a moment, or on how busy the machine is, is not there again.
        const isOdd = (await this.judge(made, lane, HURRY, tally)) !== null;
        const finding = isOdd ? await this.judge(made, lane) : null;
        if (finding !== null) onFinding(finding);
        tally.cases++;
        onProgress(tally);
      }
    };
    await Promise.all(this.#lanes.map((_, lane) => work(lane)));
    await delay(LOG_MS);
    for (const { signature, line } of this.#incidents.splice(0)) {
      // Which of those under way it was nobody can tell; `--crossings` can.
      onFinding({ difference: signature, made: makeHttp2Case(range.seed, 0), readings: { line } });
    }
    return tally;
  }

  /** What is wrong with it, when all read it; `null` when nothing is. `patience`: with readers, a factor. */
  async judge(made: Http2Case, lane = 0, patience = CALM, tally?: Http2Tally): Promise<Http2Finding | null> {
    const judged =
      made.kind === 'conversation'
        ? this.#judgeConversation(made, patience, tally)
        : this.#judgeReply(made, this.#lanes[lane]!, patience, tally);
    try {
      return await within(judged, 'a reader does not answer');
    } catch (error) {
      const { message, stack } = error as Error;
      return { difference: message, made, readings: { stack } };
    }
  }

  async #judgeConversation(
    made: Conversation,
    patience: number,
    tally?: Http2Tally,
  ): Promise<Http2Finding | null> {
    const readings: Readers<ConversationReading> = await this.#ofAll(this.#fronts, ({ port, taken }) =>
      converse(port(), made, taken, patience),
    );
    if (tally !== undefined) {
      const streams = Object.values(readings[ROUTER]!.streams);
      tally.taken += streams.filter(({ took }) => took !== null).length;
      tally.refused += streams.filter(({ took }) => took === null).length;
    }
    const difference = conversationDifference(made, readings);
    return difference === null ? null : { difference, made, readings };
  }

  async #judgeReply(
    made: Reply,
    backs: Backs,
    patience: number,
    tally?: Http2Tally,
  ): Promise<Http2Finding | null> {
    const side = { ...made, chop: 0 };
    const readings: Readers<ReplyReading> = await this.#ofAll(backs, async ({ backend, ask }) => {
      backend.play(side);
      const reading = await ask(made.method, patience);
      backend.hangUp();
      return reading;
    });
    if (tally !== undefined) tally.whole += Number(/^\d/.test(readings[ROUTER]!));
    const difference = replyDifference(made, readings);
    return difference === null ? null : { difference, made, readings };
  }

  /** What all make of it; a reader is left out that did not survive it, or what came before. */
  async #ofAll<T, R>(readers: Readers<T>, read: (reader: T) => Promise<R>): Promise<Readers<R>> {
    const entries = Object.entries(readers).map(async ([name, reader]): Promise<(readonly [string, R])[]> => {
      try {
        return [[name, await read(reader)]];
      } catch (error) {
        const isGone =
          error instanceof ReaderDied || (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
        if (!isGone || !(name in this.#mortal)) throw error;
        await this.#mortal[name]!.revive();
        return [];
      }
    });
    return Object.fromEntries((await Promise.all(entries)).flat());
  }

  /** How often each had to be started again. */
  get deaths(): Readers<number> {
    return Object.fromEntries(Object.entries(this.#mortal).map(([name, { deaths }]) => [name, deaths]));
  }
}

const REGISTERING = {
  greeting: [{ kind: 'frame', type: 4, flags: 0, stream: 0, payload: '' }],
  parts: [{ kind: 'block', type: 1, flags: 1, stream: 1, fields: [[':status', '200']] }],
  chop: 0,
} as const;
