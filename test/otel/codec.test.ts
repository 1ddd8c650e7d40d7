import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { metricCodec, spanCodec } from '../../src/otel/codec.ts';
import { originOf } from '../../src/otel/origin.ts';
import type { Reading } from '../../src/otel/reading.ts';
import type { Span } from '../../src/telemetry/span.ts';
import { METRICS, type Message, readOtlp, TRACES } from '../support/otlp-reader.ts';

const ORIGIN = originOf({ 'service.name': 'edge', text: 'é' }, 'router-1', '1.2.3', 'host.test');

const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(...'123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((list) => list.join(''));
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const span: fc.Arbitrary<Span> = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  parentId: fc.oneof(fc.constant(''), hex(16)),
  isEntry: fc.boolean(),
  kind: fc.constantFrom('server', 'client'),
  name: text,
  startedAt: fc.double({ min: 1.7e12, max: 1.9e12, noNaN: true }),
  endedAt: fc.double({ min: 1.7e12, max: 1.9e12, noNaN: true }),
  failed: fc.boolean(),
  attributes: fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    fc.oneof(text, fc.integer(), fc.double({ min: -1e9, max: 1e9, noNaN: true })),
  ),
});

/** What says nothing in JSON, and what protobuf has no word for. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(
      ([, each]) =>
        each !== undefined && each !== false && each !== '' && !(Array.isArray(each) && each.length === 0),
    )
    .map(([name, each]) => [name, NUMBERS.has(name) ? asTexts(each) : plain(each)]);
  return Object.fromEntries(entries);
}

/** Of 64 bits: numbers in JSON as the library writes it, text as the specification has them. */
const NUMBERS = new Set(['asInt', 'bucketCounts', 'count']);

function asTexts(value: unknown): unknown {
  return Array.isArray(value) ? value.map(String) : String(value);
}

function json(bytes: Uint8Array): Message {
  return JSON.parse(Buffer.from(bytes).toString());
}

describe('the two encodings', () => {
  test('say the same of spans, and what was put in', async () => {
    const [protobuf, asJson] = await Promise.all([spanCodec('protobuf', ORIGIN), spanCodec('json', ORIGIN)]);
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 5 }), (spans) => {
        const read = readOtlp(Buffer.from(protobuf.encode(spans)), TRACES);
        const written = json(asJson.encode(spans));
        assert.deepEqual(plain(read), plain(written));
        const [{ scopeSpans }] = written['resourceSpans'] as [{ scopeSpans: [{ spans: Message[] }] }];
        scopeSpans[0].spans.forEach((each, i) => {
          const { traceId, spanId, parentId, kind, failed, startedAt, isEntry } = spans[i]!;
          assert.deepEqual(
            [each['traceId'], each['spanId'], each['parentSpanId'] ?? '', each['kind']],
            [traceId, spanId, parentId, kind === 'server' ? 2 : 3],
          );
          assert.equal((each['status'] as { code: number }).code, failed ? 2 : 0);
          // Sampled, and whether the parent is remote.
          const remote = parentId !== '' && isEntry ? 0x200 : 0;
          assert.equal(each['flags'], 0x101 + remote);
          const nanos =
            BigInt(each['startTimeUnixNano'] as string) - BigInt(Math.floor(startedAt)) * 1_000_000n;
          assert.ok(nanos >= 0n && nanos < 1_000_000n);
        });
      }),
    );
  });

  test('say the same of metrics', async () => {
    const clock = () => 1_790_000_000_000;
    const [protobuf, asJson] = await Promise.all([
      metricCodec('protobuf', ORIGIN, 1_780_000_000_000, clock),
      metricCodec('json', ORIGIN, 1_780_000_000_000, clock),
    ]);
    const named = { name: text, unit: text, description: text };
    const point = fc.record({
      attributes: fc.dictionary(
        text.filter((name) => name !== '__proto__'),
        text,
      ),
      value: fc.integer({ min: 0, max: 2 ** 40 }),
    });
    const reading: fc.Arbitrary<Reading> = fc.oneof(
      fc.record({
        ...named,
        kind: fc.constantFrom('counter', 'sum', 'gauge'),
        points: fc.array(point, { minLength: 1, maxLength: 3 }),
      }),
      fc.record({
        ...named,
        kind: fc.constant('histogram'),
        bounds: fc.constant([0.1, 0.5]),
        counts: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
        sum: fc.double({ min: 0, max: 1e9, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 4 }), (readings) => {
        const read = readOtlp(Buffer.from(protobuf.encode(readings)), METRICS);
        assert.deepEqual(plain(read), plain(json(asJson.encode(readings))));
      }),
    );
  });

  test('read what a collector has not taken, and nothing out of what is none', async () => {
    const [protobuf, asJson] = await Promise.all([spanCodec('protobuf', ORIGIN), spanCodec('json', ORIGIN)]);
    const said = Buffer.from('{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}');
    assert.deepEqual(asJson.rejection(said), { count: 3, reason: 'too old' });
    const bytes = Buffer.from([0x0a, 0x0b, 0x08, 3, 0x12, 7, ...Buffer.from('too old')]);
    assert.deepEqual(protobuf.rejection(bytes), { count: 3, reason: 'too old' });
    for (const codec of [protobuf, asJson]) {
      for (const answer of ['', '{}', '<html>', '{"partialSuccess":{}}', '\xff\xff\xff']) {
        assert.equal(codec.rejection(Buffer.from(answer, 'latin1')), null, answer);
      }
    }
  });
});
