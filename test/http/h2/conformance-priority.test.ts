import { describe } from 'vitest';
import { encode } from '../../support/hpack.ts';
import {
  asks,
  CASE,
  Conformance,
  ends,
  HELD,
  maybe,
  type Row,
  resets,
  SERVED,
  SIBLING,
} from '../../support/http2-conformance.ts';
import { asking, END_HEADERS, END_STREAM, frame, TYPE, uint32 } from '../../support/raw-http2.ts';

const conformance = Conformance.suite();

const priority = (stream: number, length = 5) => frame(TYPE.priority, 0, stream, Buffer.alloc(length));
const prioritized = (length: number, dependency: number, flags = 0) =>
  frame(
    TYPE.headers,
    END_HEADERS + END_STREAM + 0x20 + flags,
    CASE,
    Buffer.concat([uint32(dependency), Buffer.from([255]), encode(asking({ ':path': '/case' }))]).subarray(
      0,
      length,
    ),
  );

const priorities: Row[] = [
  ...(
    [
      ['on the stream before', SIBLING],
      ['exclusively', 2 ** 31 + SIBLING],
      ['on a stream that is none', 4],
    ] as const
  ).flatMap(([what, on]): Row[] => [
    {
      clause: '§5.3.2',
      name: `HEADERS whose stream depends ${what} are served as any`,
      says: [prioritized(9999, on)],
      outcome: SERVED,
      tls: true,
    },
    {
      clause: '§6.3',
      name: `PRIORITY of a stream that depends ${what} does nothing`,
      says: [frame(TYPE.priority, 0, CASE, Buffer.concat([uint32(on), Buffer.from([0])])), asks()],
      outcome: SERVED,
    },
  ]),
  // RFC 7540 §5.3.1, of which RFC 9113 says nothing more; h2spec wants it kept.
  {
    clause: '§5.3.2',
    name: 'HEADERS whose stream depends on itself are malformed',
    says: [prioritized(9999, CASE)],
    outcome: resets('PROTOCOL_ERROR'),
    tls: true,
  },
  {
    clause: '§6.3',
    name: 'PRIORITY of an idle stream that depends on itself ends the connection',
    says: [frame(TYPE.priority, 0, CASE, Buffer.concat([uint32(CASE), Buffer.from([0])]))],
    outcome: ends('PROTOCOL_ERROR'),
  },
  ...[0, 4].map(
    (length): Row => ({
      clause: '§6.2',
      name: `HEADERS with a priority that is cut off behind ${length} bytes end the connection`,
      says: [prioritized(length, SIBLING)],
      outcome: ends('FRAME_SIZE_ERROR', 'PROTOCOL_ERROR'),
    }),
  ),
  ...[0, 4, 6].map(
    (length): Row => ({
      clause: '§6.3',
      name: `PRIORITY of ${length} bytes is an error of its stream`,
      says: [HELD, priority(CASE, length)],
      outcome: resets('FRAME_SIZE_ERROR'),
      reaches: maybe,
    }),
  ),
  {
    clause: '§6.3',
    name: 'PRIORITY of 4 bytes on an idle stream, which cannot be reset, ends the connection',
    says: [priority(CASE, 4)],
    outcome: ends('FRAME_SIZE_ERROR'),
  },
  {
    clause: '§6.3',
    name: 'PRIORITY on stream 0 ends the connection',
    says: [priority(0)],
    outcome: ends('PROTOCOL_ERROR'),
  },
];

describe('§5.3 priorities of RFC 7540, which mean nothing any more:', () => conformance.run(priorities));
