import { looseLength, type NaiveMessage, Stop, takeBody, takeLooseHead } from './naive-grammar.ts';
import type { Reading } from './reading.ts';

const STATUS_LINE = /^HTTP\/1\.([0-9]) ([1-9][0-9][0-9])(?: [\t -~\x80-\xff]*)?$/;

export interface ResponseContext {
  readonly toHead: boolean;
  /** Whether the connection has ended after the text, in order. */
  readonly ended: boolean;
}

export interface ResponseReading extends Reading<NaiveMessage> {
  /** What came behind the response. */
  readonly excess: string;
}

/** The response to one request, the 1xx ones before it among `messages`. */
export function readResponse(text: string, { toHead, ended }: ResponseContext): ResponseReading {
  const messages: NaiveMessage[] = [];
  try {
    for (let at = 0; ; ) {
      const { line, fields, next } = takeLooseHead(text, at);
      const match = STATUS_LINE.exec(line);
      if (match === null) throw new Stop('refused', 'status line');
      const status = Number(match[2]);
      const stated = looseLength(fields, match[1] === '0');
      const bodyless = toHead || status < 200 || status === 204 || status === 205 || status === 304;
      const length = bodyless ? 0 : (stated ?? text.length - next);
      const { stop, ...body } = takeBody(text, next, length, true);
      const untilClose = !bodyless && stated === null;
      const complete = stop === null && (!untilClose || ended);
      messages.push({ line, start: match[2]!, host: '', fields, ...body, complete });
      if (stop !== null) throw stop;
      if (!complete) throw new Stop('unfinished');
      if (status >= 200 || status === 101) {
        return { messages, end: 'whole', why: '', excess: text.slice(body.next) };
      }
      at = body.next;
    }
  } catch (error) {
    if (error instanceof Stop) return { messages, end: error.end, why: error.why, excess: '' };
    throw error;
  }
}
