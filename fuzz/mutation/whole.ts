import { type Mutation, splice } from './splice.ts';

const truncate: Mutation = (text, random) => text.slice(0, random.below(text.length));

const behead: Mutation = (text, random) => text.slice(random.below(text.length));

/** Two ends that do not belong together, or one message in the middle of another. */
export function glue(text: string, other: string, random: Parameters<Mutation>[1]): string {
  switch (random.below(4)) {
    case 0:
      return text + other;
    case 1:
      return text.slice(0, random.below(text.length)) + other.slice(random.below(other.length));
    case 2:
      return splice(text, random.below(text.length + 1), 0, other);
    default: {
      // A message in a body that is long enough for half of it.
      const end = text.indexOf('\r\n\r\n');
      return end < 0 ? text + other : splice(text, end + 4, 0, other.slice(0, random.below(other.length)));
    }
  }
}

export const WHOLE_MUTATIONS = [truncate, truncate, truncate, behead] as const;
