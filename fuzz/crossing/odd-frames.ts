import { ACK, END_STREAM, PADDED, PREFACE, TYPE } from '../../test/support/raw-http2.ts';
import type { Random } from '../random.ts';
import { blockOf, oddSettings, settingsText, uint32Text } from './as-frames.ts';
import { CASE_HOST, type FramePart, type Part } from './part.ts';

type Odd = (random: Random) => Part[];

/** RFC 9113 §7, and beyond. */
const CODES = [...Array.from({ length: 14 }, (_, code) => code), 255, 2 ** 32 - 1];
/** The case's own, the connection, one to come, one that a server opens, the last there can be. */
const STREAMS = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 3, 2, 2 ** 31 - 1];
const ALTSVC = 0xa;
const ORIGIN = 0xc;
const PRIORITY_UPDATE = 0x10;
const FLOOD = 1500;

const reset: Odd = (random) => [
  frame(TYPE.resetStream, 0, random.pick(STREAMS), uint32Text(random.pick(CODES))),
];

const goaway: Odd = (random) => {
  const last = random.pick([0, 1, 3, 2 ** 31 - 1, 2 ** 32 - 1]);
  const text = random.oneIn(3) ? 'bye' : '';
  return [frame(TYPE.goaway, 0, stray(random, 0), uint32Text(last) + uint32Text(random.pick(CODES)) + text)];
};

const window: Odd = (random) => {
  const by = random.pick([0, 1, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]);
  const update = frame(TYPE.windowUpdate, 0, random.pick(STREAMS), uint32Text(by));
  return random.oneIn(3) ? [update, update] : [update];
};

const settings: Odd = (random) => {
  const payload = settingsText(oddSettings(random));
  return random.pick<() => Part[]>([
    () => [frame(TYPE.settings, 0, stray(random, 0), payload)],
    () => [frame(TYPE.settings, 0, 0, payload.slice(1))],
    () => [frame(TYPE.settings, ACK, 0, random.oneIn(2) ? '' : payload)],
    () => flood(frame(TYPE.settings, 0, 0, ''), random),
  ])();
};

const ping: Odd = (random) => {
  const payload = random.oneIn(2) ? 'mark5678' : 'x'.repeat(random.pick([0, 7, 9, 20]));
  const one = frame(TYPE.ping, random.oneIn(3) ? ACK : 0, stray(random, 0), payload);
  return random.oneIn(6) ? flood(one, random) : [one];
};

const continuation: Odd = (random) => [
  frame(TYPE.continuation, random.oneIn(2) ? 4 : 0, random.pick(STREAMS), random.oneIn(2) ? '' : '\x82'),
];

const continuations: Odd = (random) => {
  const head = { ...blockOf([['x-mark', 'x']], 0, random), open: true };
  const text = random.oneIn(2) ? '' : '\0\x01a\x01b';
  return [{ ...head, stream: random.pick([1, 3]) }, ...flood(frame(TYPE.continuation, 0, 1, text), random)];
};

const priority: Odd = (random) => {
  const stream = random.pick(STREAMS);
  const on = random.oneIn(2) ? stream : random.pick(STREAMS);
  return [frame(TYPE.priority, 0, stream, (uint32Text(on) + '\x10').slice(random.oneIn(5) ? 1 : 0))];
};

const unknown: Odd = (random) => [
  frame(10 + random.below(246), random.below(256), random.pick(STREAMS), 'x'.repeat(random.below(40))),
];

/** Frames of extensions that nghttp2 knows, and hands on. */
const extension: Odd = (random) => {
  const stream = random.pick([0, 0, 1]);
  const origin = random.pick(['', 'http://a.test', 'https://a.test:1', 'x', '\xff', '//', 'https://']);
  const sized = String.fromCharCode(0, origin.length) + origin;
  return random.pick([
    [frame(ALTSVC, 0, stream, sized + random.pick(['h2=":1"', '', 'clear', '\0', '\xff'.repeat(30)]))],
    [frame(ALTSVC, 0, stream, random.pick(['', '\0', '\xff\xff']))],
    [frame(ORIGIN, 0, stream, sized.repeat(random.below(4)))],
    [frame(ORIGIN, 0, stream, random.pick(['', '\0', '\xff\xffx']))],
    [
      frame(
        PRIORITY_UPDATE,
        0,
        stream,
        uint32Text(random.pick(STREAMS)) + random.pick(['u=1', '', 'u=\xff']),
      ),
    ],
  ]);
};

const promise: Odd = (random) => {
  const pushed = random.pick([2, 4, 1, 0]);
  const fields = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', CASE_HOST],
  ] as const;
  const block = { ...blockOf(fields, 0, random), type: TYPE.pushPromise, before: uint32Text(pushed) };
  const response = { ...blockOf([[':status', '200']], END_STREAM, random), stream: pushed };
  return random.oneIn(2) ? [block] : [block, response];
};

const data: Odd = (random) => {
  const flags = random.pick([0, END_STREAM, PADDED, PADDED | END_STREAM]);
  const payload = random.pick(['', 'x', '\xff', '\0', '\x02xx', 'x'.repeat(16_384), 'x'.repeat(17_000)]);
  return [frame(TYPE.data, flags, random.pick(STREAMS), payload)];
};

const another: Odd = (random) => {
  const fields = random.oneIn(2)
    ? ([[':status', '200']] as const)
    : ([
        [':method', random.pick(['GET', 'CONNECT'])],
        [':scheme', 'http'],
        [':path', '/'],
        [':authority', CASE_HOST],
      ] as const);
  return [{ ...blockOf(fields, random.pick([0, END_STREAM]), random), stream: random.pick(STREAMS) }];
};

const lying: Odd = (random) => [
  {
    ...frame(random.below(10), random.below(256), random.pick(STREAMS), 'x'.repeat(random.below(20))),
    claims: random.pick([0, 1, 8, 30, 16_385, 2 ** 24 - 1]),
  },
];

const bytes: Odd = (random) => [
  {
    kind: 'bytes',
    text: random.pick([
      PREFACE.toString('latin1'),
      'GET / HTTP/1.1\r\nHost: case.test\r\n\r\n',
      'HTTP/1.1 200 OK\r\n\r\n',
      '\0',
      '\xff'.repeat(9),
      '\0'.repeat(40),
    ]),
  },
];

const close: Odd = (random) => [{ kind: 'close', how: random.oneIn(2) ? 'end' : 'reset' }];

const ODD: readonly Odd[] = [
  ...[reset, reset, reset, goaway, goaway, window, settings, ping, continuation, continuations, priority],
  ...[unknown, extension, extension, promise, data, data, another, another, lying, bytes, close],
];

/** Puts one to three odd things somewhere between the others. */
export function addOddFrames(parts: readonly Part[], random: Random): Part[] {
  let changed = [...parts];
  for (let count = 1 + (random.oneIn(3) ? random.below(3) : 0); count > 0; count--) {
    changed = changed.toSpliced(random.below(changed.length + 1), 0, ...random.pick(ODD)(random));
  }
  if (random.oneIn(8)) changed = changed.toSpliced(random.below(changed.length), 1);
  return changed;
}

function frame(type: number, flags: number, stream: number, payload: string): FramePart {
  return { kind: 'frame', type, flags, stream, payload };
}

/** On a stream where it must not be, now and then. */
function stray(random: Random, stream: number): number {
  return random.oneIn(8) ? random.pick(STREAMS) : stream;
}

function flood(part: Part, random: Random): Part[] {
  return Array.from({ length: random.oneIn(4) ? FLOOD : 1 + random.below(100) }, () => part);
}
