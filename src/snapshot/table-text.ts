import { randomBytes } from 'node:crypto';
import { giveUp } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { seedOf } from './checked-text.ts';
import { headerText } from './header.ts';
import { lineText, MOST_LINE_BYTES, NO_ENDPOINT, textOfLine, writtenTime } from './line.ts';
import { Piece } from './piece.ts';
import type { AnySource } from './table-source.ts';

interface Place {
  readonly source: AnySource;
  readonly entry: unknown;
}

/**
 * What the tables have, as a snapshot has it, for somebody who reads it while they change: those that are there at the
 * beginning, as they are when their turn comes. In pieces, between which any time may pass; some are empty. What has
 * gone by then, or says too much for a line, leaves a line of no endpoint, since the header has told how many there are.
 * @param at whole Unix milliseconds
 */
export function* tableText(sources: readonly AnySource[], at: number): Generator<string> {
  const id = randomBytes(8).toString('hex');
  const seed = seedOf(id);
  const places: Place[] = [];
  const piece = new Piece();
  for (const source of sources) {
    for (const entry of source.entries()) {
      places.push({ source, entry });
      if (!piece.isFull()) continue;
      yield '';
      piece.begin();
    }
  }
  piece.text = headerText('cellgate-table', { id, at, count: places.length });
  for (const [number, place] of places.entries()) {
    piece.text += textOf(place, number, seed);
    if (!piece.isFull()) continue;
    yield piece.text;
    piece.begin();
  }
  yield piece.text;
}

function textOf({ source, entry }: Place, number: number, seed: number): string {
  try {
    const announced = source.announcedAt(entry);
    if (announced !== null) {
      const said = source.describe(entry);
      const json = typeof said === 'string' || said === null ? said : JSON.stringify(said);
      if (json !== null && json.length <= MOST_LINE_BYTES) {
        const head = { number, kind: source.kind, announced: writtenTime(announced) };
        const text = textOfLine(head, json, seed);
        if (Buffer.byteLength(text) <= MOST_LINE_BYTES) return text;
      }
    }
  } catch (error) {
    giveUp(ONE_ROUND, error);
  }
  return lineText({ number, kind: NO_ENDPOINT, announced: 0, said: {} }, seed);
}
