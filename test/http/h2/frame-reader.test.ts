import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { type FrameListener, FrameReader } from '../../../src/http/h2/frame-reader.ts';
import { frame, PADDED, PREFACE } from '../../support/raw-http2.ts';

/** Writes down what it is told; data of one frame as one, however it came. */
class Recorder implements FrameListener {
  readonly events: string[] = [];
  #data: Buffer[] | null = null;

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.events.push(`${type} ${flags} ${streamId} ${bytes.toString('hex', start, end)}`);
  }

  onDataFrame(streamId: number, length: number, flags: number): void {
    assert.equal(this.#data, null);
    this.events.push(`data of ${length} on ${streamId}, ${flags}`);
    this.#data = [];
  }

  onData(bytes: Buffer, start: number, end: number): void {
    assert.ok(end > start);
    this.#data!.push(Buffer.from(bytes.subarray(start, end)));
  }

  onDataFrameEnd(padding: number): void {
    this.events.push(`${Buffer.concat(this.#data!).toString('hex')}, padded by ${padding}`);
    this.#data = null;
  }

  onBadFrame(code: number, reason: string): void {
    this.events.push(`bad ${code} ${reason}`);
  }
}

const frames = fc.record({
  type: fc.oneof(
    { arbitrary: fc.constant(0), weight: 3 },
    { arbitrary: fc.integer({ min: 1, max: 255 }), weight: 2 },
  ),
  flags: fc.oneof(fc.constantFrom(0, 1, PADDED, PADDED + 1), fc.nat(255)),
  stream: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  payload: fc.oneof(
    { arbitrary: fc.uint8Array({ maxLength: 40 }), weight: 20 },
    {
      arbitrary: fc.integer({ min: 16_380, max: 16_390 }).map((length) => new Uint8Array(length)),
      weight: 1,
    },
  ),
});

function read(bytes: Buffer, cuts: readonly number[], expectsPreface: boolean): string[] {
  const recorder = new Recorder();
  const reader = new FrameReader(recorder, expectsPreface);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < places.length; i++) {
    const piece = Buffer.from(bytes.subarray(places[i - 1]!, places[i]!));
    reader.read(piece, 0, piece.length);
    // Its owner reads into it again.
    piece.fill(0xee);
  }
  return recorder.events;
}

test('frames are the same wherever their bytes are cut', () => {
  const property = fc.property(
    fc.array(frames, { maxLength: 12 }),
    fc.array(fc.nat(), { maxLength: 30 }),
    fc.boolean(),
    (list, cuts, expectsPreface) => {
      const all = list.map(({ type, flags, stream, payload }) =>
        frame(type, flags, stream, Buffer.from(payload)),
      );
      const bytes = Buffer.concat(expectsPreface ? [PREFACE, ...all] : all);
      const whole = read(bytes, [], expectsPreface);
      assert.deepEqual(read(bytes, cuts, expectsPreface), whole);
      const everywhere = Array.from({ length: Math.min(bytes.length, 300) }, (_, i) => i);
      assert.deepEqual(read(bytes, everywhere, expectsPreface), whole);
      // A naive reading: one event for a frame, two for DATA, until one is bad.
      const bad = list.findIndex(isBad);
      const good = bad < 0 ? list : list.slice(0, bad);
      const least = good.reduce((sum, { type }) => sum + (type === 0 ? 2 : 1), 0);
      assert.equal(whole.filter((event) => event.startsWith('bad')).length, bad < 0 ? 0 : 1);
      assert.ok(whole.length - least <= (bad < 0 ? 0 : 2) && whole.length >= least);
    },
  );
  fc.assert(property, { numRuns: 300, seed: 9113 });
});

interface Made {
  readonly type: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

function isBad({ type, flags, payload }: Made): boolean {
  if (payload.length > 16_384) return true;
  return type === 0 && (flags & PADDED) !== 0 && (payload.length === 0 || payload[0]! > payload.length - 1);
}
