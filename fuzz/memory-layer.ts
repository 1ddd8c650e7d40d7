import type { Case, RequestCase, ResponseCase } from './case.ts';
import { type Allowance, LLHTTP_REQUESTS, LLHTTP_RESPONSES, readingDifference } from './check/readers.ts';
import * as requests from './check/requests.ts';
import * as responses from './check/responses.ts';
import { forward } from './engine/forward.ts';
import { relay } from './engine/relay.ts';
import { type Ending, LlhttpClient } from './reader/llhttp-client.ts';
import { LlhttpServer } from './reader/llhttp-server.ts';
import { readRequests } from './reader/naive-requests.ts';
import { readResponse } from './reader/naive-responses.ts';
import type { Reading } from './reader/reading.ts';
import { turn } from './reader/wire.ts';
import type { Verdict } from './verdict.ts';

/** A case under way: its verdict is ready a turn later. */
type Pending = () => Verdict;

/** Runs cases through the engine's parsing and serializing and compares all readers, without sockets. */
export class MemoryLayer {
  readonly #servers = { llhttp: new LlhttpServer(false), 'llhttp, lenient': new LlhttpServer(true) };
  readonly #clients = { llhttp: new LlhttpClient(false), 'llhttp, lenient': new LlhttpClient(true) };

  async run(cases: readonly Case[]): Promise<Verdict[]> {
    const pending = cases.map((fuzzCase) => this.#begin(fuzzCase));
    await turn();
    await turn();
    return pending.map((verdict) => verdict());
  }

  #begin(fuzzCase: Case): Pending {
    try {
      return fuzzCase.kind === 'request' ? this.#beginRequest(fuzzCase) : this.#beginResponse(fuzzCase);
    } catch (error) {
      const { message, stack } = error as Error;
      return () => ({ end: 'refused', difference: `the engine throws: ${message}`, readings: { stack } });
    }
  }

  #beginRequest(fuzzCase: RequestCase): Pending {
    const text = fuzzCase.pieces.join('');
    const forwarded = forward(fuzzCase, fuzzCase.pieces);
    const arrived = readRequests(text);
    const sent = readRequests(forwarded.bytes);
    const own =
      (fuzzCase.pieces.length > 1 ? requests.piecesDifference(forwarded, forward(fuzzCase, [text])) : null) ??
      requests.arrivalDifference(fuzzCase, forwarded, arrived) ??
      requests.sentDifference(forwarded, sent);
    const { end } = forwarded;
    const readings = { arrived, router: forwarded, naive: sent };
    if (own !== null || forwarded.bytes === '') return () => ({ end, difference: own, readings });
    const others = Object.entries(this.#servers).map(
      ([who, server]) => [who, server.begin(forwarded.bytes)] as const,
    );
    return () => ({ end, ...this.#judge(others, sent, readings, LLHTTP_REQUESTS) });
  }

  #beginResponse(fuzzCase: ResponseCase): Pending {
    const text = fuzzCase.pieces.join('');
    const toHead = fuzzCase.method === 'HEAD';
    const relayed = relay(fuzzCase, fuzzCase.pieces);
    const arrived = readResponse(text, { toHead, ended: true });
    const sent = readResponse(relayed.bytes, { toHead, ended: relayed.end !== 'reset' });
    const own =
      (fuzzCase.pieces.length > 1 ? responses.piecesDifference(relayed, relay(fuzzCase, [text])) : null) ??
      responses.answerDifference(fuzzCase, relayed, arrived) ??
      responses.sentDifference(fuzzCase, relayed, sent);
    const { end } = relayed;
    const readings = { arrived, router: relayed, naive: sent };
    if (own !== null || relayed.response === null) return () => ({ end, difference: own, readings });
    const ending: Ending = end === 'reset' ? 'reset' : 'end';
    const others = Object.entries(this.#clients).map(
      ([who, client]) => [who, client.begin(relayed.bytes, fuzzCase.method, ending)] as const,
    );
    return () => ({ end, ...this.#judge(others, sent, readings, LLHTTP_RESPONSES) });
  }

  #judge(
    others: readonly (readonly [string, () => Reading])[],
    sent: Reading,
    readings: Verdict['readings'],
    allowance: Allowance,
  ): Pick<Verdict, 'difference' | 'readings'> {
    let difference: string | null = null;
    const all: Record<string, unknown> = { ...readings };
    for (const [who, end] of others) {
      const reading = end();
      all[who] = reading;
      difference ??= readingDifference(who, reading, sent, allowance);
    }
    return { difference, readings: all };
  }
}
