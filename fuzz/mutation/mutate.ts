import type { Random } from '../random.ts';
import { BYTE_MUTATIONS } from './bytes.ts';
import { CHUNK_MUTATIONS } from './chunks.ts';
import { FRAMING_MUTATIONS } from './framing.ts';
import { LINE_MUTATIONS } from './lines.ts';
import type { Mutation } from './splice.ts';
import { REQUEST_LINE_MUTATIONS, STATUS_LINE_MUTATIONS } from './start-line.ts';
import { glue, WHOLE_MUTATIONS } from './whole.ts';

/** Mutations make messages grow; beyond this there is nothing new to find. */
const LONGEST = 64 * 1024;

/** One list of these is picked, then one of its members. */
const SHARED = [
  ...[BYTE_MUTATIONS, BYTE_MUTATIONS, LINE_MUTATIONS, LINE_MUTATIONS, FRAMING_MUTATIONS, FRAMING_MUTATIONS],
  ...[CHUNK_MUTATIONS, CHUNK_MUTATIONS, WHOLE_MUTATIONS],
];
const OF_REQUESTS: readonly (readonly Mutation[])[] = [...SHARED, REQUEST_LINE_MUTATIONS];
const OF_RESPONSES: readonly (readonly Mutation[])[] = [...SHARED, STATUS_LINE_MUTATIONS];

/** One to four changes to `text`, sometimes with `other` glued on before them. */
export function mutate(
  text: string,
  other: () => string,
  kind: 'request' | 'response',
  random: Random,
): string {
  const lists = kind === 'request' ? OF_REQUESTS : OF_RESPONSES;
  let changes = random.oneIn(3) ? 2 + random.below(3) : 1;
  if (random.oneIn(5)) text = glue(text, other(), random);
  // Some find nothing to change, and now and then no other is found either.
  for (let tries = 0; changes > 0 && tries < 30 && text.length < LONGEST; tries++) {
    const changed = random.pick(random.pick(lists))(text, random);
    if (changed !== text) changes--;
    text = changed;
  }
  return text;
}
