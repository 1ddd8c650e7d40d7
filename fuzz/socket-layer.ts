import type { Case, RequestCase, ResponseCase } from './case.ts';
import { LLHTTP_REQUESTS, LLHTTP_RESPONSES, readingDifference } from './check/readers.ts';
import { answeredDifference, answersDifference, forwardedDifference } from './check/traffic.ts';
import { relay } from './engine/relay.ts';
import { type Ending, LlhttpClient } from './reader/llhttp-client.ts';
import { LlhttpServer } from './reader/llhttp-server.ts';
import { readRequests } from './reader/naive-requests.ts';
import { readResponse } from './reader/naive-responses.ts';
import type { Reading } from './reader/reading.ts';
import { turn } from './reader/wire.ts';
import { haproxy, nginx } from './socket/proxy-kinds.ts';
import { ProxyReader } from './socket/proxy-reader.ts';
import { LAST, LIMITS, RouterUnderTest } from './socket/router-under-test.ts';
import { Teardown } from './socket/teardown.ts';
import type { Verdict } from './verdict.ts';

/** Runs cases through the whole router over sockets, and what comes out through every reader there is. */
export class SocketLayer {
  /** Readers that are not installed. */
  readonly missing: readonly string[];
  readonly #teardown: Teardown;
  readonly #router: RouterUnderTest;
  readonly #proxies: readonly ProxyReader[];
  readonly #server = new LlhttpServer(false);
  readonly #client = new LlhttpClient(false);

  static async start(): Promise<SocketLayer> {
    const teardown = new Teardown();
    const router = await RouterUnderTest.start(teardown);
    const missing: string[] = [];
    const proxies: ProxyReader[] = [];
    for (const kind of [haproxy, nginx]) {
      const reader = await ProxyReader.start(kind, teardown);
      if (reader === null) missing.push(kind.name);
      else proxies.push(reader);
    }
    return new SocketLayer(teardown, router, proxies, missing);
  }

  private constructor(
    teardown: Teardown,
    router: RouterUnderTest,
    proxies: readonly ProxyReader[],
    missing: readonly string[],
  ) {
    this.#teardown = teardown;
    this.#router = router;
    this.#proxies = proxies;
    this.missing = missing;
  }

  stop(): Promise<void> {
    return this.#teardown.run();
  }

  async run(fuzzCase: Case): Promise<Verdict> {
    const readings: Record<string, unknown> = {};
    try {
      const limited = { ...fuzzCase, limits: LIMITS };
      return limited.kind === 'request'
        ? await this.#runRequest({ ...limited, keepAlive: true }, readings)
        : await this.#runResponse(limited, readings);
    } catch (error) {
      const { message, stack } = error as Error;
      return { end: 'refused', difference: message, readings: { ...readings, stack } };
    }
  }

  async #runRequest(fuzzCase: RequestCase, readings: Record<string, unknown>): Promise<Verdict> {
    const { end } = this.#router.expect(fuzzCase);
    // Behind what is read to its end one more request shows that it was.
    const pieces = end === 'whole' ? [...fuzzCase.pieces, LAST] : fuzzCase.pieces;
    const expected = this.#router.expect({ ...fuzzCase, pieces });
    readings['engine'] = expected;
    const traffic = await this.#router.sendRequests(fuzzCase, end);
    readings['router'] = traffic;
    const came = traffic.forwarded.map((bytes) => readRequests(bytes));
    let difference =
      forwardedDifference(
        expected,
        came.flatMap(({ messages }) => messages),
      ) ?? (end === 'unfinished' ? null : answersDifference(expected, traffic.answered));
    for (const [i, bytes] of traffic.forwarded.entries()) {
      difference ??= await this.#readRequests(bytes, came[i]!, readings);
    }
    return { end, difference, readings };
  }

  async #readRequests(bytes: string, sent: Reading, readings: Record<string, unknown>) {
    const ready = this.#server.begin(bytes);
    await turn();
    await turn();
    const llhttp = ready();
    readings['llhttp'] = llhttp;
    let difference = readingDifference('llhttp', llhttp, sent, LLHTTP_REQUESTS);
    for (const proxy of this.#proxies) {
      if (difference !== null) break;
      const { name, refuses } = proxy.kind;
      const last = sent.end === 'whole' && !closes(bytes) ? LAST : '';
      const reading = await proxy.readRequests(bytes, last);
      readings[name] = reading;
      difference = readingDifference(name, reading, readRequests(bytes + last), {
        refuses,
        plain: proxy.plain,
      });
    }
    return difference;
  }

  async #runResponse(fuzzCase: ResponseCase, readings: Record<string, unknown>): Promise<Verdict> {
    const { method, http10 } = fuzzCase;
    const toHead = method === 'HEAD';
    const relayed = relay(fuzzCase, fuzzCase.pieces);
    readings['engine'] = relayed;
    const { end } = relayed;
    const traffic = await this.#router.sendResponse(fuzzCase);
    readings['router'] = traffic;
    const { answered, ending } = traffic;
    const sent = readResponse(relayed.bytes, { toHead, ended: end !== 'reset' });
    const came = readResponse(answered, { toHead, ended: ending === 'end' });
    let difference = answeredDifference(relayed, sent, came, http10);
    if (difference === null && end !== 'bad-gateway') {
      difference = await this.#readResponse(answered, method, ending, came, readings);
    }
    return { end, difference, readings };
  }

  async #readResponse(
    bytes: string,
    method: string,
    ending: Ending,
    came: Reading,
    readings: Record<string, unknown>,
  ) {
    const ready = this.#client.begin(bytes, method, ending);
    await turn();
    await turn();
    const llhttp = ready();
    readings['llhttp'] = llhttp;
    let difference = readingDifference('llhttp', llhttp, came, LLHTTP_RESPONSES);
    for (const proxy of this.#proxies) {
      if (difference !== null) break;
      const { name, misreads } = proxy.kind;
      if (misreads(came)) continue;
      const reading = await proxy.readResponse(bytes, method, ending);
      readings[name] = reading;
      difference = readingDifference(name, reading, came, { refuses: () => false, plain: proxy.plain });
    }
    return difference;
  }
}

/** The router closes its connection behind a request with Expect (docs/compatibility.md §3.10): nothing is read behind that. */
function closes(bytes: string): boolean {
  return /^Connection: .*\bclose\b/m.test(bytes);
}
