import type { IncomingMessage } from 'node:http';
import { on, once } from '../boundary/events.ts';
import type { Owner } from '../boundary/owner.ts';
import { type Problem, problem } from './answer.ts';

/** Bytes. */
export const MOST_BODY = 65_536;
/** Of somebody not known here, who may only begin a session: to decode a long one would cost what all share. Bytes. */
export const MOST_BODY_OF_STRANGERS = 2048;

export type Body =
  | { readonly kind: 'json'; readonly value: Readonly<Record<string, unknown>> }
  /** The client broke off. */
  | { readonly kind: 'gone' }
  | Problem;

export interface WantedBody {
  /** Bytes. */
  readonly most: number;
  /** Whether a form's fields are an object, too. */
  readonly form: boolean;
}

/** The object that a request brings; an empty one where it brings nothing. */
export async function readBody(
  request: IncomingMessage,
  { most, form }: WantedBody,
  owner: Owner,
): Promise<Body> {
  const stated = Number(request.headers['content-length'] ?? 0);
  if (stated > most) return tooLarge(most);
  const bytes = await readBytes(request, most, owner);
  if (bytes === 'gone') return { kind: 'gone' };
  if (bytes === 'too-large') return tooLarge(most);
  if (bytes.length === 0) return { kind: 'json', value: {} };
  const type = request.headers['content-type'] ?? '';
  if (form && /^application\/x-www-form-urlencoded *(?:;.*)?$/i.test(type)) {
    return { kind: 'json', value: Object.fromEntries(new URLSearchParams(bytes.toString())) };
  }
  // Pages of other origins can send anything but this without being asked.
  if (!/^application\/json *(?:; *charset="?utf-8"? *)?$/i.test(type)) {
    return problem(
      415,
      'no-json',
      'the body must be JSON',
      'send Content-Type: application/json and a JSON object',
    );
  }
  return objectOf(bytes);
}

function readBytes(
  request: IncomingMessage,
  most: number,
  owner: Owner,
): Promise<Buffer | 'too-large' | 'gone'> {
  const held: Buffer[] = [];
  let length = 0;
  return new Promise((resolve) => {
    on(request, 'data', owner, (piece: Buffer) => {
      length += piece.length;
      if (length <= most) held.push(piece);
      else resolve('too-large');
    });
    once(request, 'end', owner, () => resolve(Buffer.concat(held)));
    once(request, 'close', owner, () => resolve('gone'));
    // A client that breaks off is no error of ours.
    on(request, 'error', owner, () => resolve('gone'));
  });
}

function objectOf(bytes: Buffer): Body {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // The parser's own words quote the body, which may hold a secret.
    return notAnObject('the body is no JSON in UTF-8');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { kind: 'json', value: value as Record<string, unknown> };
  }
  return notAnObject('the body is JSON, but no object');
}

function notAnObject(detail: string): Problem {
  return problem(400, 'bad-body', detail, 'send one JSON object, like {"name": "value"}');
}

function tooLarge(most: number): Problem {
  return problem(413, 'body-too-large', `the body is longer than ${most} bytes`, 'send less at once');
}
