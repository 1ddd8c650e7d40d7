import type { Reading, ReadMessage } from '../reader/reading.ts';
import { messageDifference, quote } from './difference.ts';

/** What is allowed for in one reader. */
export interface Allowance {
  /** Whether it may refuse the message: what it does not read it cannot misread. `why`: in its own words. */
  readonly refuses: (message: ReadMessage, why: string) => boolean;
  /** A message without what this reader changes. */
  readonly plain: (message: ReadMessage) => ReadMessage;
}

/** Why a reader does not understand what the naive one does; `null` when it does. */
export function readingDifference(
  who: string,
  read: Reading,
  expected: Reading,
  { refuses, plain }: Allowance,
): string | null {
  const complete = read.messages.filter((message) => message.complete).length;
  const stopped = read.end === 'refused' ? expected.messages[complete] : undefined;
  const allowed = stopped !== undefined && (!stopped.complete || refuses(stopped, read.why));
  for (const [i, message] of read.messages.entries()) {
    const other = expected.messages[i];
    if (other === undefined) return `${who} reads one more message: ${quote(message.start)}`;
    if (other === stopped && allowed) return null;
    const difference = messageDifference(who, plain(message), 'the naive reader', plain(other));
    if (difference !== null) return difference;
  }
  if (allowed) return null;
  if (read.end === 'refused')
    return `${who} refuses ${quote(stopped?.start ?? 'what breaks off')}: ${read.why}`;
  const unseen = expected.messages[read.messages.length];
  return unseen?.complete ? `${who} does not see ${quote(unseen.start)}` : null;
}

const METHODS_OF_LLHTTP: Allowance['refuses'] = (message, why) =>
  why === 'HPE_INVALID_METHOD' || (why === 'HPE_INVALID_VERSION' && message.start.startsWith('PRI '));

const BEYOND_ASCII: Allowance['refuses'] = (message, why) =>
  why === 'HPE_INVALID_URL' && /[\x80-\xff]/.test(message.start);

/**
 * Of llhttp: it takes only the methods it knows, PRI for nothing but the preface of HTTP/2, and no byte beyond ASCII in
 * a target.
 */
export const LLHTTP_REQUESTS: Allowance = {
  refuses: (message, why) => METHODS_OF_LLHTTP(message, why) || BEYOND_ASCII(message, why),
  plain: (message) => message,
};
export const LLHTTP_RESPONSES: Allowance = { refuses: () => false, plain: (message) => message };
