import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Crossing, makeCrossing } from '../../fuzz/crossing/crossing.ts';
import { SINGLE } from '../../fuzz/crossing/names.ts';
import { marksIn, nonceOf } from '../../fuzz/crossing/nonce.ts';
import type { BlockPart, Part } from '../../fuzz/crossing/part.ts';
import { shorten } from '../../fuzz/crossing/shorten.ts';
import { CrossingLayer } from '../../fuzz/crossing-layer.ts';
import { readFinding, writeFinding } from '../../fuzz/finding.ts';
import { TYPE } from '../support/raw-http2.ts';

const SEED = 9113;
const OVER_SOCKETS = 600;
const CROSSINGS = Array.from({ length: 10_000 }, (_, index) => makeCrossing(SEED, index));

describe('the crossings of a seed', () => {
  test('are the same whenever they are made', () => {
    assert.deepEqual(
      CROSSINGS.slice(0, 100),
      Array.from({ length: 100 }, (_, index) => makeCrossing(SEED, index)),
    );
  });

  test('are of all pairs of versions in turn', () => {
    assert.deepEqual(
      CROSSINGS.slice(0, 5).map(({ versions }) => versions),
      ['1x1', '1x2', '2x1', '2x2', '1x1'],
    );
  });

  test('repeat every field that node:http2 takes once, from both sides, in either version', () => {
    for (const who of ['client', 'backend'] as const) {
      const inFrames = new Set(CROSSINGS.flatMap((each) => blocksOf(each[who].parts).flatMap(repeated)));
      const inText = new Set(CROSSINGS.flatMap((each) => repeatedLines(each[who].parts)));
      assert.deepEqual([...SINGLE.filter((name) => !inFrames.has(name))], [], `${who} in frames`);
      assert.deepEqual([...SINGLE.filter((name) => !inText.has(name))], [], `${who} in text`);
    }
  });

  test('hold every type of frame, every error code and the end of a connection, from both sides', () => {
    for (const who of ['client', 'backend'] as const) {
      const parts = CROSSINGS.flatMap((each) => each[who].parts);
      const types = new Set(parts.flatMap((part) => ('type' in part ? [part.type] : [])));
      assert.deepEqual(
        Object.values(TYPE).filter((type) => !types.has(type)),
        [],
      );
      const codes = new Set(
        parts.flatMap((part) =>
          part.kind === 'frame' && part.type === TYPE.resetStream ? [part.payload.charCodeAt(3)] : [],
        ),
      );
      for (let code = 0; code < 14; code++) assert.ok(codes.has(code), `RST_STREAM with ${code}`);
      for (const how of ['end', 'reset']) {
        assert.ok(parts.some((part) => part.kind === 'close' && part.how === how));
      }
    }
  });

  test('can be written to a file and read back from it', (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'findings-'));
    t.onTestFinished(() => rmSync(directory, { recursive: true }));
    for (const fuzzCase of CROSSINGS.slice(0, 40)) {
      const path = writeFinding({ name: 'one', difference: 'x', fuzzCase, readings: {} }, directory);
      assert.deepEqual(readFinding(path), fuzzCase);
    }
  });
});

describe('a mark', () => {
  const mark = nonceOf(1234);

  test('is found wherever it stands, once', () => {
    assert.deepEqual(marksIn(`a${mark}b${nonceOf(77)}${mark}`), [mark, nonceOf(77)]);
  });

  test('is none any more with a character changed', () => {
    for (let at = 0; at < mark.length; at++) {
      const other = mark[at] === 'X' ? 'Z' : 'X';
      assert.deepEqual(marksIn(mark.slice(0, at) + other + mark.slice(at + 1)), []);
    }
  });
});

test('a crossing that fails is shortened to what makes it fail', async () => {
  const blames = (part: Part) => part.kind === 'block' && part.fields.some(([name]) => name === 'etag');
  const fails = (crossing: Crossing) => crossing.backend.parts.filter(blames).length > 0;
  const long = CROSSINGS.find((crossing) => fails(crossing) && crossing.backend.parts.length > 3)!;
  const { client, backend } = await shorten(long, async (crossing) => fails(crossing));
  assert.deepEqual(client.parts, []);
  const [block, ...rest] = backend.parts as [BlockPart];
  assert.deepEqual([block.fields.map(([name]) => name), rest], [['etag'], []]);
});

describe(`${OVER_SOCKETS} crossings through the router`, () => {
  let layer: CrossingLayer;
  beforeAll(async () => {
    layer = await CrossingLayer.start();
  });
  afterAll(() => layer.stop());

  test('end no thread, throw in no handler, and get nobody the bytes of another', async () => {
    const { tally, findings } = await layer.run({ seed: SEED, first: 0, end: OVER_SOCKETS });
    assert.deepEqual(
      findings.map(({ difference }) => difference),
      [],
    );
    // Much of it must get through: what is refused at once proves little.
    assert.equal(tally.crossings, OVER_SOCKETS);
    assert.ok(tally.reached > OVER_SOCKETS / 2, `${tally.reached} reached a backend`);
    assert.ok(tally.answered > OVER_SOCKETS / 4, `${tally.answered} were answered`);
  });
});

function blocksOf(parts: readonly Part[]): BlockPart[] {
  return parts.filter((part) => part.kind === 'block');
}

function repeated({ fields }: BlockPart): string[] {
  const names = fields.map(([name]) => name);
  return names.filter((name, at) => names.indexOf(name) !== at);
}

function repeatedLines(parts: readonly Part[]): string[] {
  const names = parts.flatMap((part) => (part.kind === 'bytes' ? [part.text.split(':', 1)[0]!] : []));
  return names.filter((name, at) => names.indexOf(name) !== at);
}
