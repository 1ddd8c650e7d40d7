import type { LetterMessage } from './letter-messages.ts';
import { IMITATES, valuesOf } from './message-rules.ts';

type Pair = readonly [name: string, value: string];

/** What our engine makes of a message, and nghttp2 otherwise: whose choice or fault it is. */
interface Known {
  readonly why: string;
  readonly applies: (message: LetterMessage) => boolean;
}

/** Of RFC 3986 §3.2, its characters. */
const AUTHORITY = /^[A-Za-z0-9._~%!$&'()*+,;=:[\]-]*$/;

/** Which our engine takes, and nghttp2 refuses. */
const TAKEN: readonly Known[] = [
  {
    why: 'RFC 9110 §8.6: a length in a 204 means nothing, though no server should say it; nothing hangs on it',
    applies: ({ head }) => statusOf(head) === '204' && valuesOf(head ?? [], 'content-length').length > 0,
  },
  {
    why: 'RFC 3986 §3.2: what is no authority names no route, so that the request is answered 400; nghttp2 resets it',
    applies: ({ head }) =>
      [...valuesOf(head ?? [], ':authority'), ...valuesOf(head ?? [], 'host')].some(
        (authority) => !AUTHORITY.test(authority),
      ),
  },
  {
    why: 'RFC 9110 §8.6: a length in a 1xx means nothing either',
    applies: ({ interim }) => interim.some((head) => valuesOf(head, 'content-length').length > 0),
  },
  {
    why: 'RFC 9110 §6.5.1: a Host in trailers is left out by the router, be there as many as there may',
    applies: ({ trailers }) => valuesOf(trailers ?? [], 'host').length > 0,
  },
];

/** Which nghttp2 takes, and our engine refuses. */
const REFUSED: readonly Known[] = [
  {
    why:
      'RFC 9113 §8.2.1, RFC 9110 §5.5: a field with a name or a value that is none is malformed, as over HTTP/1.1; ' +
      'nghttp2, as it is asked here, lets padding and control characters pass, or leaves the field out',
    applies: ({ why }) => why.startsWith('a field that is none'),
  },
  {
    why: 'RFC 9113 §5.3.1, §6.3: a PRIORITY on itself, or of another length, is an error of the stream; nghttp2 reads none any more',
    applies: ({ why }) => why.startsWith('an error of the stream'),
  },
  {
    why: 'how large a head or trailers may be is everybody’s own choice; so are hosts, targets, names and CONNECT (`requestRefusal`)',
    applies: ({ why, refusal }) => refusal !== '' || [IMITATES, 'more trailers than are taken'].includes(why),
  },
  {
    why: 'RFC 9113 §8.3.1 asks it of http and https alone; what goes on as HTTP/1.1 needs an authority and a path of any scheme',
    applies: ({ head, why }) =>
      /^no (?:path|authority) /.test(why) && !/^https?$/i.test(valuesOf(head ?? [], ':scheme')[0] ?? ''),
  },
  {
    why: 'RFC 9110 §6.5.1: a length behind what it is the length of is refused, as over HTTP/1.1',
    applies: ({ why }) => why === 'a length in trailers',
  },
  {
    why: 'RFC 9113 §8.1: what is reset before its end is cut off; to node:http2 NO_ERROR is an end',
    applies: ({ state }) => state === 'reset',
  },
  {
    why: 'RFC 9113 §8.1: nothing stands between a 1xx and the head; DATA of no bytes passes nghttp2',
    applies: ({ why, body }) => why.startsWith('DATA before a head') && body === '',
  },
];

/** Why our engine may take it alone; `null` where nothing is known. */
export function takenAllowance(message: LetterMessage): string | null {
  return TAKEN.find(({ applies }) => applies(message))?.why ?? null;
}

/** Why it may refuse it alone. */
export function refusedAllowance(message: LetterMessage): string | null {
  return REFUSED.find(({ applies }) => applies(message))?.why ?? null;
}

/** Fields that nghttp2 drops: of a 204 a length of 0 (RFC 9110 §8.6), of what a client says a Host that is none. */
export function withoutDropped(fields: readonly Pair[]): readonly Pair[] {
  const isBare = fields.some(([name, value]) => name === ':status' && value === '204');
  return fields.filter(
    ([name, value]) => !(isBare && name === 'content-length') && !(name === 'host' && !AUTHORITY.test(value)),
  );
}

function statusOf(head: LetterMessage['head']): string {
  return valuesOf(head ?? [], ':status')[0] ?? '';
}
