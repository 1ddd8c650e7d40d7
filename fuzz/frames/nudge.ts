import { frame, PREFACE, TYPE } from '../../test/support/raw-http2.ts';
import { type Http2Case, LAST, makeHttp2Case } from '../http2/conversation.ts';
import { Random } from '../random.ts';
import { caseBytes } from './case-bytes.ts';

const HEAD_BYTES = 9;
/** One of so many. */
const NUDGED = 4;
/** Apart from the cases with the same number. */
const OTHER_STREAMS = 2 ** 30;
/** Octets where lengths, flags, numbers and codes are at their ends. */
const EDGES = [0, 1, 2, 4, 8, 9, 0x0c, 0x20, 0x2d, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xfe, 0xff];

/** Case number `index` of `seed`: of some a few octets are others, most of them in the heads of frames and just behind. */
export function makeFramesCase(seed: number, index: number): Http2Case {
  const made = makeHttp2Case(seed, index);
  const random = new Random(seed, (index + OTHER_STREAMS) % 2 ** 32);
  return random.oneIn(NUDGED) ? nudged(made, random) : made;
}

function nudged(made: Http2Case, random: Random): Http2Case {
  const last = frame(TYPE.ping, 0, 0, LAST).length;
  const bytes = Buffer.from(caseBytes(made).subarray(0, -last));
  const starts = startsOf(bytes, made.kind === 'reply' ? 0 : PREFACE.length);
  for (let count = 1 + random.below(3); count > 0 && starts.length > 0; count--) {
    const at = random.pick(starts) + random.below(random.oneIn(4) ? 60 : HEAD_BYTES + 2);
    if (at < bytes.length) bytes[at] = octet(bytes[at]!, random);
  }
  const parts = [{ kind: 'bytes', text: bytes.toString('latin1') }] as const;
  return made.kind === 'reply' ? { ...made, greeting: [], parts } : { ...made, parts };
}

function octet(before: number, random: Random): number {
  if (random.oneIn(4)) return random.pick(EDGES);
  return random.oneIn(2) ? before ^ (1 << random.below(8)) : (before + random.pick([1, 255])) % 256;
}

/** Where frames begin, as far as their lengths tell. */
function startsOf(bytes: Buffer, first: number): number[] {
  const starts: number[] = [];
  for (let at = first; at + HEAD_BYTES <= bytes.length; at += HEAD_BYTES + bytes.readUIntBE(at, 3))
    starts.push(at);
  return starts;
}
