import type { Fields } from '../../test/support/hpack.ts';
import type { ModelField } from '../../test/support/hpack-model.ts';
import { FrameReader } from '../../test/support/http2-frames.ts';
import { PREFACE, TYPE } from '../../test/support/raw-http2.ts';
import type { LetterReading } from './compare.ts';
import { refusedAllowance, takenAllowance, withoutDropped } from './differences.ts';
import type { LetterMessage } from './letter-messages.ts';
import type { Nghttp2Reading, TakenMessage } from './nghttp2-reading.ts';
import type { OwnReading } from './own-reading.ts';

const SHOWN = 300;

/** One sentence, or `null` where nghttp2 reads as our engine does, or it is known why not. */
export function nghttp2Difference(
  own: OwnReading,
  { messages, ruling, isRequest }: LetterReading,
  { taken, isOver, written }: Nghttp2Reading,
): string | null {
  const frames = new FrameReader(isRequest ? 0 : PREFACE.length).push(Buffer.from(written));
  const reset = new Set(frames.filter(({ type }) => type === TYPE.resetStream).map(({ stream }) => stream));
  for (const { id, isWhole, fault } of own.streams) {
    const message = messages.get(id);
    // What it has reset has an end with node:http2, too.
    const other = reset.has(id) ? undefined : taken.find(({ stream }) => stream === id);
    const isTaken = isWhole && fault === '';
    if (message === undefined) continue;
    const content = isTaken && other !== undefined ? contentDifference(message, other) : null;
    if (content !== null) return `stream ${id}: ${content}`;
    // Whoever ends a connection may have lost what came before; where both will do it depends on the order.
    if (isOver || ruling.connection !== 'goes on') continue;
    if (isTaken && reset.has(id) && !ruling.wrong.has(id) && takenAllowance(message) === null)
      return `stream ${id}: takes what nghttp2 refuses`;
    if (!isTaken && other !== undefined && refusedAllowance(message) === null)
      return `stream ${id}: refuses what nghttp2 takes: ${message.why}`;
  }
  return null;
}

function contentDifference(message: LetterMessage, other: TakenMessage): string | null {
  const said = [handedOn(message.head), message.body, handedOn(message.trailers)];
  const read = [handedOn(paired(other.head)), other.body, handedOn(paired(other.trailers))];
  for (const [at, what] of ['head', 'body', 'trailers'].entries()) {
    if (said[at] !== read[at])
      return `${what}: ${said[at]!.slice(0, SHOWN)}, by nghttp2 ${read[at]!.slice(0, SHOWN)}`;
  }
  return null;
}

function handedOn(fields: Fields | readonly ModelField[] | null): string {
  const pairs = (fields ?? []).map(([name, value]) => [name, value] as const);
  return fields === null ? 'none' : JSON.stringify(withoutDropped(pairs));
}

function paired(list: readonly string[] | null): Fields | null {
  if (list === null) return null;
  return Array.from({ length: list.length / 2 }, (_, at) => [list[2 * at]!, list[2 * at + 1]!] as const);
}
