import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { onPanic } from '../../../src/boundary/boundary.ts';
import type { PairEnd } from '../../support/http2-pair.ts';
import { PairRun, type Step } from '../../support/http2-pair-run.ts';
import type { Life } from '../../support/http2-pair-stream.ts';

/** `H2_PAIR_RUNS`, `H2_PAIR_SEED`: more of them, and others. */
const RUNS = Number(process.env['H2_PAIR_RUNS'] ?? 200);
const SEED = Number(process.env['H2_PAIR_SEED'] ?? 9113);

const GENTLE = ['open', 'answer', 'data', 'end', 'trailers', 'consume', 'deliver', 'unblock'] as const;
const amounts = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 100 }), weight: 2 },
  { arbitrary: fc.integer({ min: 0, max: 20_000 }), weight: 2 },
  { arbitrary: fc.integer({ min: 0, max: 300_000 }), weight: 1 },
);
const whats = fc.oneof(
  { arbitrary: fc.constantFrom(...GENTLE), weight: 40 },
  { arbitrary: fc.constantFrom('data', 'consume', 'deliver', 'deliver'), weight: 40 },
  { arbitrary: fc.constantFrom('expect', 'block', 'window', 'ping'), weight: 6 },
  { arbitrary: fc.constantFrom('reset', 'fail'), weight: 3 },
);
const endings = fc.constantFrom('announce', 'close', 'error', 'cut', 'close', 'announce');

function steps(what: fc.Arbitrary<Step['what']>, maxLength: number): fc.Arbitrary<Step[]> {
  const one = fc.record({ what, byServer: fc.boolean(), which: fc.nat(20), amount: amounts });
  return fc.array(one, { maxLength, size: 'max' });
}

/** What handlers have thrown: the boundary keeps it from whoever called them. */
const thrown: unknown[] = [];
onPanic(({ error, again }) => {
  if (!again) thrown.push(error);
});

function assertNothingThrown(): void {
  const [first] = thrown.splice(0);
  if (first !== undefined) throw first;
}

/** Lives of all streams of one side, by id. */
function livesOf(end: PairEnd): Map<number, Life> {
  return new Map(end.streams.flatMap(({ lives }) => lives).map((life) => [life.id, life]));
}

function assertNothingLeft(end: PairEnd): void {
  const { streams } = end.session;
  assert.equal(streams.size, 0, 'streams in the table');
  assert.deepEqual(streams.table.all(), []);
  assert.equal(streams.sender.queued, 0, 'queued');
  assert.equal(end.room.promised, 0, 'promised');
  assert.deepEqual(end.wrongs, []);
  for (const { stream, lives, untaken } of end.streams) {
    assert.ok(
      lives.every(({ closed }) => closed),
      'not all are told that they are closed',
    );
    assert.deepEqual([untaken, stream.queue.length, stream.window.held], [0, 0, 0]);
  }
  if (end.streams.length > 0) assert.ok(end.idles > 0, 'nobody was told that no stream is left');
}

/** What of one side's message came on the other. */
function assertCame(said: Life, heard: Life | undefined): void {
  if (heard === undefined) return;
  assert.ok(heard.received <= said.sent);
  if (heard.end === 'open') return;
  assert.deepEqual([heard.received, heard.end], [said.sent, said.ended], `stream ${said.id}`);
}

function assertFinished(run: PairRun): void {
  assertNothingThrown();
  const { client, server } = run;
  const [asked, served] = [livesOf(client), livesOf(server)];
  for (const end of [client, server]) assertNothingLeft(end);
  assert.deepEqual([client.flaws, server.flaws], [[], []]);
  for (const [id, life] of asked) assertCame(life, served.get(id));
  for (const [id, life] of served) assertCame(life, asked.get(id));
  for (const [id, life] of asked) {
    const other = served.get(id);
    const isWhole = life.reset === 'no' && life.end !== 'open';
    if (isWhole && other !== undefined && other.end !== 'open') assert.equal(other.received, life.sent);
  }
}

test('two ends agree on windows, bytes and ends, whatever is said, cut and held up', () => {
  const property = fc.property(
    steps(whats, 250),
    fc.constantFrom(65_535, 100_000, 1_048_576),
    (list, window) => {
      const run = new PairRun(window);
      for (const [i, step] of list.entries()) {
        run.step(step);
        if (i % 50 === 49) run.settle();
        assertNothingThrown();
      }
      run.finish();
      assert.deepEqual([run.client.error, run.server.error], [null, null]);
      assertFinished(run);
      for (const end of [run.client, run.server]) {
        const { window: own } = end.session.streams;
        assert.equal(own.held, 0, 'credit is lost');
      }
    },
  );
  fc.assert(property, { numRuns: RUNS, seed: SEED });
});

test('however a connection ends nothing is left of its streams', () => {
  const property = fc.property(
    steps(whats, 120),
    steps(fc.oneof({ arbitrary: endings, weight: 1 }, { arbitrary: whats, weight: 8 }), 60),
    fc.nat(6),
    (before, behind, patience) => {
      const run = new PairRun(65_535);
      run.server.patience = patience;
      for (const step of [...before, ...behind]) run.step(step);
      run.finish();
      assertFinished(run);
    },
  );
  fc.assert(property, { numRuns: RUNS, seed: SEED });
});
