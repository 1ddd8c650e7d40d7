import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { BackwardWriter, LONGEST_DATAGRAM } from '../../src/telemetry/backward-writer.ts';
import { Envelopes } from '../../src/telemetry/dropsonde.ts';
import { LineBytes } from '../../src/telemetry/line-bytes.ts';
import type { StartStop } from '../../src/telemetry/start-stop.ts';
import { toldInstance } from '../../src/telemetry/told-instance.ts';
import { readUuid } from '../../src/telemetry/uuid-halves.ts';
import { ENVELOPE, readMessage } from '../support/envelope-reader.ts';

const EVENT: StartStop = {
  peer: 'server',
  startedAt: 1_700_000_000_000.25,
  stoppedAt: 1_700_000_000_001.5,
  requestId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
  method: 'PATCH',
  uri: 'http://app.test/caf\xc3\xa9',
  remoteAddress: '10.0.0.1:1234',
  userAgent: 'curl/8',
  status: 201,
  contentLength: 70_000,
  forwarded: '10.0.0.9, 10.0.0.1',
  instance: toldInstance({
    appId: '00112233-4455-6677-8899-aabbccddeeff',
    index: '3',
    id: 'instance-1',
    tags: { component: 'web', space: 's' },
  }),
  trace: null,
};

const memory = () => Buffer.allocUnsafeSlow(4 * LONGEST_DATAGRAM);

/** The envelope that one method makes; null: it does not fit. */
function made(make: (envelopes: Envelopes) => boolean): Record<number, unknown[]> | null {
  const writer = new BackwardWriter(memory());
  return make(new Envelopes(writer)) ? readMessage(writer.message(), ENVELOPE) : null;
}

function told(event: StartStop, now = 0): Record<number, unknown[]> {
  return made((envelopes) => envelopes.httpStartStop(event, now))!;
}

function lineOf(text: string): LineBytes {
  const line = new LineBytes();
  line.text(text);
  return line;
}

test('§6.5 an HttpStartStop envelope has the fields of dropsonde-protocol by their numbers', () => {
  assert.deepEqual(told(EVENT, 1_700_000_000_002), {
    1: ['gorouter'],
    2: [4n],
    6: [1_700_000_000_002_000_000n],
    7: [
      {
        1: [1_700_000_000_000_250_000n],
        2: [1_700_000_000_001_500_000n],
        // The example of dropsonde-protocol's uuid.proto.
        3: [{ 1: [0x7243cc580bc17af4n], 2: [0x79d4c3b2020e67a5n] }],
        4: [2n],
        5: [26n],
        6: ['http://app.test/café'],
        7: ['10.0.0.1:1234'],
        8: ['curl/8'],
        9: [201n],
        10: [70_000n],
        12: [{ 1: [0x7766554433221100n], 2: [0xffeeddccbbaa9988n] }],
        13: [3n],
        14: ['instance-1'],
        15: ['10.0.0.9', '10.0.0.1'],
      },
    ],
    17: [
      { 1: ['component'], 2: ['web'] },
      { 1: ['space'], 2: ['s'] },
    ],
  });
});

test('§6.5 what is no UUID, no index, no endpoint, no method of the protocol is left out, but never what is required', () => {
  const instance = toldInstance({ appId: 'app-1', index: 'first', id: '', tags: null });
  const event = {
    ...EVENT,
    peer: 'client',
    requestId: 'odd',
    method: 'FETCH',
    forwarded: '',
    instance,
  } as const;
  const { 7: events, 17: tags } = told(event);
  const fields = events![0] as Record<number, unknown[]>;
  assert.deepEqual(Object.keys(fields), ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
  assert.deepEqual([fields[3], fields[4], fields[5]], [[{ 1: [0n], 2: [0n] }], [1n], [0n]]);
  assert.equal(tags, undefined);
  const none = told({ ...EVENT, instance: null });
  assert.equal((none[7]![0] as Record<number, unknown[]>)[12], undefined);
});

test('§6.5 a trace is told as the tags trace_id and span_id', () => {
  const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  assert.deepEqual(told({ ...EVENT, trace })[17]!.slice(2), [
    { 1: ['span_id'], 2: [trace.spanId] },
    { 1: ['trace_id'], 2: [trace.traceId] },
  ]);
});

test('what is too long for a datagram is no envelope, and the next one is whole', () => {
  const writer = new BackwardWriter(memory());
  const envelopes = new Envelopes(writer);
  const instance = toldInstance({ appId: 'a', index: '0', id: '', tags: null });
  assert.equal(envelopes.logMessage(instance, lineOf('x'.repeat(LONGEST_DATAGRAM)), '0', 0), false);
  assert.equal(envelopes.valueMetric('latency', 0.25, 'ms', 0), true);
  assert.deepEqual(readMessage(writer.message(), ENVELOPE)[9], [{ 1: ['latency'], 2: [0.25], 3: ['ms'] }]);
});

test('tags that no datagram has room for are left out, and the instance is told all the same', () => {
  const instance = toldInstance({
    appId: 'a',
    index: '2',
    id: 'i',
    tags: { long: 'x'.repeat(LONGEST_DATAGRAM) },
  });
  const { 7: events, 17: tags } = told({ ...EVENT, instance });
  assert.deepEqual([(events![0] as Record<number, unknown[]>)[14], tags], [['i'], undefined]);
});

test('a value that is told again differs from the first in its time and its value alone', () => {
  const writer = new BackwardWriter(memory());
  const envelopes = new Envelopes(writer);
  const time = fc.integer({ min: 0, max: 9_000_000_000_000 });
  const names = fc.constantFrom('latency', 'latency.web', 'gorouter_time', 'x'.repeat(200));
  fc.assert(
    fc.property(
      names,
      fc.double({ noNaN: true }),
      fc.constantFrom('ms', '', 's'),
      time,
      (name, value, unit, now) => {
        writer.turnTo(memory());
        assert.equal(envelopes.valueMetric(name, value, unit, now), true);
        assert.deepEqual(readMessage(writer.message(), ENVELOPE), {
          1: ['gorouter'],
          2: [6n],
          6: [BigInt(now) * 1_000_000n],
          9: [{ 1: [name], 2: [value], 3: [unit] }],
        });
      },
    ),
  );
});

test('a UUID is read, and what is none is not', () => {
  const halves = new Uint32Array(4);
  fc.assert(
    fc.property(fc.uuid(), fc.boolean(), (uuid, upper) => {
      assert.equal(readUuid(upper ? uuid.toUpperCase() : uuid, halves), true);
      const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
      assert.deepEqual(
        [...halves],
        [0, 4, 8, 12].map((at) => bytes.readUInt32LE(at)),
      );
    }),
  );
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.nat({ max: 35 }),
      fc.constantFrom('g', '/', ':', '@', '`', '\xe9', '\u{1f600}', ''),
      (uuid, at, other) => {
        assert.equal(readUuid(uuid.slice(0, at) + other + uuid.slice(at + 1), halves), false);
        assert.deepEqual([...halves], [0, 0, 0, 0]);
      },
    ),
  );
});

test('numbers and texts are read back as they were written, whatever was written before them', () => {
  const writer = new BackwardWriter(memory());
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.double({ noNaN: true }),
      fc.nat({ max: 2 ** 42 }),
      (number, wide, text, double, milliseconds) => {
        writer.turnTo(memory());
        writer.begin();
        const { mark } = writer;
        writer.nanoseconds(6, milliseconds);
        writer.double(5, double);
        writer.text(4, text);
        writer.integer64(3, Number(wide & 0xffffffffn), Number(wide >> 32n));
        writer.nest(200, mark);
        writer.integer(1, number);
        assert.equal(writer.done(), true);
        const { 1: read, 200: nested } = readMessage(writer.message(), { 200: {} });
        assert.deepEqual(read, [BigInt(number)]);
        assert.deepEqual(nested, [
          { 3: [wide], 4: [text], 5: [double], 6: [BigInt(milliseconds) * 1_000_000n] },
        ]);
      },
    ),
  );
});
