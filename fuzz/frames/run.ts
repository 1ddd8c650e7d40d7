import { onPanic } from '../../src/boundary/boundary.ts';
import { collectGarbage } from '../../test/support/collect-garbage.ts';
import type { Finding } from '../finding.ts';
import type { Http2Case } from '../http2/conversation.ts';
import { GOES_ON } from '../http2/reading.ts';
import type { Range } from '../memory-run.ts';
import { turn } from '../reader/wire.ts';
import { blocksDifference, makeBlocks } from './blocks.ts';
import { caseBytes } from './case-bytes.ts';
import { nghttp2Difference } from './compare-nghttp2.ts';
import { type Judged, judge } from './judge.ts';
import { Nghttp2InMemory } from './nghttp2.ts';
import type { Nghttp2Reading, ToRead } from './nghttp2-reading.ts';
import { makeFramesCase } from './nudge.ts';
import { shown } from './shown.ts';
import { type FramesTally, newTally } from './tally.ts';

/** Cases that nghttp2 is given at a time: so many wait for one turn of its loop. */
const BATCH = 100;
/** Header blocks by themselves, one sequence for so many cases. */
const BLOCKS_EVERY = 4;

interface Batch {
  readonly first: number;
  readonly cases: readonly Http2Case[];
  readonly bytes: readonly Buffer[];
}

/** What is wrong with a case, when all read it; `null` when nothing is. */
export interface FramesVerdict {
  readonly difference: string;
  readonly readings: Finding['readings'];
}

/** Reads cases of HTTP/2 by our own engine, by the letter and by nghttp2, without sockets. */
export class FramesLayer {
  readonly tally = newTally();
  readonly #nghttp2 = new Nghttp2InMemory();
  #thrown: unknown[] = [];

  constructor() {
    onPanic(({ error }) => this.#thrown.push(error));
  }

  stop(): void {
    this.#nghttp2.stop();
  }

  /** Cases `first` to `end` of a seed; `onBatch` hears of the tally now and then. */
  async run(
    { seed, first, end }: Range,
    onFinding: (finding: Finding) => void,
    onBatch: (tally: FramesTally) => void = () => {},
  ): Promise<FramesTally> {
    const { tally } = this;
    let next: Batch | null = makeBatch(seed, first, end);
    while (next !== null) {
      const batch: Batch = next;
      // While it reads these they are read here, and the next are made.
      const reading = this.#nghttp2.read(batch.cases.map((made, i) => toRead(made, batch.bytes[i]!)));
      await turn();
      const judged = batch.cases.map((made, i) => this.#judge(made, batch.bytes[i]!));
      next = makeBatch(seed, first + tally.cases + batch.cases.length, end);
      const readings = await reading;
      for (const [i, fuzzCase] of batch.cases.entries()) {
        const name = `frames-${seed}-${batch.first + i}`;
        const verdict = this.#verdictOf(judged[i]!, readings[i]!);
        if (verdict !== null) onFinding({ name, fuzzCase, ...verdict });
      }
      this.#runBlocks(seed, batch, onFinding);
      tally.cases += batch.cases.length;
      tally.deaths = this.#nghttp2.deaths;
      // By then all code is compiled.
      if (tally.heapBefore === 0 && tally.cases * 5 >= end - first) tally.heapBefore = heapInUse();
      onBatch(tally);
    }
    tally.heapAfter = heapInUse();
    return tally;
  }

  /** One case, by all. */
  async judge(made: Http2Case): Promise<FramesVerdict | null> {
    const bytes = caseBytes(made);
    const [reading] = await this.#nghttp2.read([toRead(made, bytes)]);
    return this.#verdictOf(this.#judge(made, bytes), reading!);
  }

  #judge(made: Http2Case, bytes: Buffer): Judged {
    const judged = judge(made, bytes);
    const [thrown] = this.#thrown.splice(0);
    if (thrown === undefined) return judged;
    return { ...judged, difference: `thrown by a handler: ${(thrown as Error).stack ?? thrown}` };
  }

  #verdictOf(judged: Judged, nghttp2: Nghttp2Reading | null): FramesVerdict | null {
    const { own, letter } = judged;
    const { tally } = this;
    const taken = own.streams.filter(({ isWhole, fault }) => isWhole && fault === '').length;
    tally.taken += taken;
    tally.untaken += own.streams.length - taken;
    tally.ended += Number(own.connection !== GOES_ON);
    tally.alike += nghttp2?.taken.length ?? 0;
    const other = nghttp2 === null ? null : nghttp2Difference(own, letter, nghttp2);
    const difference = judged.difference ?? other;
    return difference === null ? null : { difference, readings: shown(judged, nghttp2) };
  }

  #runBlocks(seed: number, { first, cases }: Batch, onFinding: (finding: Finding) => void): void {
    for (let index = first; index < first + cases.length; index++) {
      if (index % BLOCKS_EVERY !== 0) continue;
      const fuzzCase = makeBlocks(seed, index);
      const difference = blocksDifference(fuzzCase);
      this.tally.tables++;
      if (difference !== null)
        onFinding({ name: `blocks-${seed}-${index}`, difference, fuzzCase, readings: {} });
    }
  }
}

function makeBatch(seed: number, first: number, end: number): Batch | null {
  const count = Math.min(BATCH, end - first);
  if (count <= 0) return null;
  const cases = Array.from({ length: count }, (_, i) => makeFramesCase(seed, first + i));
  return { first, cases, bytes: cases.map(caseBytes) };
}

function toRead(made: Http2Case, bytes: Buffer): ToRead {
  return made.kind === 'reply'
    ? { isClient: false, method: made.method, bytes }
    : { isClient: true, method: '', bytes };
}

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
