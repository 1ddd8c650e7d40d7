import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BackwardWriter, LONGEST_DATAGRAM } from '../../src/telemetry/backward-writer.ts';
import { Envelopes } from '../../src/telemetry/dropsonde.ts';
import type { StartStop } from '../../src/telemetry/start-stop.ts';
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
  instance: {
    appId: '00112233-4455-6677-8899-aabbccddeeff',
    index: '3',
    id: 'instance-1',
    tags: { component: 'web', space: 's' },
  },
  trace: null,
};

function read(envelope: Buffer | null): Record<number, unknown[]> {
  assert.ok(envelope !== null);
  return readMessage(envelope, ENVELOPE);
}

test('§6.5 an HttpStartStop envelope has the fields of dropsonde-protocol by their numbers', () => {
  assert.deepEqual(read(new Envelopes().httpStartStop(EVENT, 1_700_000_000_002)), {
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
  const instance = { appId: 'app-1', index: 'first', id: '', tags: null };
  const event = {
    ...EVENT,
    peer: 'client',
    requestId: 'odd',
    method: 'FETCH',
    forwarded: '',
    instance,
  } as const;
  const { 7: told, 17: tags } = read(new Envelopes().httpStartStop(event, 0));
  const fields = told![0] as Record<number, unknown[]>;
  assert.deepEqual(Object.keys(fields), ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
  assert.deepEqual([fields[3], fields[4], fields[5]], [[{ 1: [0n], 2: [0n] }], [1n], [0n]]);
  assert.equal(tags, undefined);
  const none = read(new Envelopes().httpStartStop({ ...EVENT, instance: null }, 0));
  assert.equal((none[7]![0] as Record<number, unknown[]>)[12], undefined);
});

test('§6.5 a trace is told as the tags trace_id and span_id', () => {
  const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  assert.deepEqual(read(new Envelopes().httpStartStop({ ...EVENT, trace }, 0))[17]!.slice(2), [
    { 1: ['span_id'], 2: [trace.spanId] },
    { 1: ['trace_id'], 2: [trace.traceId] },
  ]);
});

test('what is too long for a datagram is no envelope, and the next one is whole', () => {
  const envelopes = new Envelopes();
  const line = { appId: 'a', message: 'x'.repeat(LONGEST_DATAGRAM), sourceInstance: '0', tags: null };
  assert.equal(envelopes.logMessage(line, 0), null);
  const next = envelopes.valueMetric('latency', 0.25, 'ms', 0);
  assert.deepEqual(read(next)[9], [{ 1: ['latency'], 2: [0.25], 3: ['ms'] }]);
});

test('numbers and texts are read back as they were written, whatever was written before them', () => {
  const writer = new BackwardWriter();
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.double({ noNaN: true }),
      fc.nat({ max: 2 ** 42 }),
      (number, wide, text, double, milliseconds) => {
        writer.begin();
        const { mark } = writer;
        writer.nanoseconds(6, milliseconds);
        writer.double(5, double);
        writer.text(4, text);
        writer.integer64(3, Number(wide & 0xffffffffn), Number(wide >> 32n));
        writer.nest(200, mark);
        writer.integer(1, number);
        const { 1: read, 200: nested } = readMessage(writer.done()!, { 200: {} });
        assert.deepEqual(read, [BigInt(number)]);
        assert.deepEqual(nested, [
          { 3: [wide], 4: [text], 5: [double], 6: [BigInt(milliseconds) * 1_000_000n] },
        ]);
      },
    ),
  );
});
