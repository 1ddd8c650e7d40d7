import { PREFACE } from '../../test/support/raw-http2.ts';
import { Random } from '../random.ts';
import { asFrames, greeting } from './as-frames.ts';
import { asText } from './as-text.ts';
import { type Message, makeRequest, makeResponse } from './message.ts';
import { nonceOf } from './nonce.ts';
import { addOddFrames } from './odd-frames.ts';
import type { Part } from './part.ts';

/** The versions of HTTP with the client and with the backend. */
type Versions = '1x1' | '1x2' | '2x1' | '2x2';

/** What a client says to the router, and what the backend says once something has come to it. */
export interface Crossing {
  readonly kind: 'crossing';
  readonly versions: Versions;
  /** The mark of this exchange: no other may be seen in it. */
  readonly nonce: string;
  readonly client: Side;
  readonly backend: Side;
}

export interface Side {
  /** At once, when there is a connection. */
  readonly greeting: readonly Part[];
  readonly parts: readonly Part[];
  /** So many bytes in a write at most; 0: all there are. */
  readonly chop: number;
}

const WILD = ['client', 'client', 'backend', 'backend', 'both'] as const;
const VERSIONS: readonly Versions[] = ['1x1', '1x2', '2x1', '2x2'];

/** Crossing number `index` of `seed`, which is the same on every machine; the versions in turn. */
export function makeCrossing(seed: number, index: number): Crossing {
  const random = new Random(seed, index);
  const versions = VERSIONS[index % VERSIONS.length]!;
  const nonce = nonceOf(index % 2 ** 24);
  // Where a side does as it should, what the other one says gets farther.
  const wild = random.pick(WILD);
  const request = makeRequest(nonce, wild !== 'backend', random);
  const response = makeResponse(nonce, wild !== 'client', random);
  return {
    kind: 'crossing',
    versions,
    nonce,
    client: sideOf(versions[0] === '2', request, 'request', wild !== 'backend', random),
    backend: sideOf(versions[2] === '2', response, 'response', wild !== 'client', random),
  };
}

function sideOf(
  isFramed: boolean,
  message: Message,
  kind: 'request' | 'response',
  wild: boolean,
  random: Random,
): Side {
  const chop = random.oneIn(8) ? 1 + random.below(60) : 0;
  if (!isFramed)
    return { greeting: [], parts: withPauses(asText(message, kind, wild, random), random), chop };
  let parts = asFrames(message, wild, random);
  if (kind === 'request' && random.oneIn(5)) parts = besideEachOther(parts, random);
  const changed = wild && random.oneIn(3) ? addOddFrames(parts, random) : parts;
  const preface = kind === 'request' ? PREFACE.toString('latin1') : '';
  return { greeting: greeting(preface, wild, random), parts: withPauses(changed, random), chop };
}

/** The same on one stream after the other, up to four, mixed. */
function besideEachOther(parts: readonly Part[], random: Random): Part[] {
  const streams = Array.from({ length: 2 + random.below(3) }, (_, i) =>
    parts.map((part) => ('stream' in part ? { ...part, stream: part.stream + 2 * i } : part)),
  );
  const mixed: Part[] = [];
  while (streams.some((left) => left.length > 0)) {
    const at = random.below(streams.length);
    // A stream that begins ends all the earlier ones that have not begun (RFC 9113 §5.1.1).
    const next = streams.slice(0, at).find((left) => left.length === parts.length) ?? streams[at]!;
    mixed.push(...next.splice(0, 1 + random.below(3)));
  }
  return mixed;
}

/** Between some parts: the others go out together. */
function withPauses(parts: readonly Part[], random: Random): Part[] {
  const often = random.pick([0, 0, 3, 12]);
  if (often === 0) return [...parts];
  const paused: Part[] = [];
  for (const part of parts) {
    if (random.oneIn(often)) paused.push({ kind: 'pause', until: random.oneIn(2) ? 'heard' : 'turn' });
    paused.push(part);
  }
  return paused;
}
