/**
 * What is tolerated in the response of an application, because gorouter passes it on (docs/compatibility.md §3.9): the
 * names under which it is counted and logged. Each is a bit of a set. The connection it came over is not used again,
 * since who writes so may mean other bytes than we read.
 */
const ODDITIES = [
  'bare_line_end',
  'folded_line',
  'length_and_encoding',
  'many_content_lengths',
  'unassigned_status',
] as const;

export type OddityName = (typeof ODDITIES)[number];

function bitOf(name: OddityName): number {
  return 1 << ODDITIES.indexOf(name);
}

export const BARE_LF = bitOf('bare_line_end');
export const FOLDED = bitOf('folded_line');
export const CHUNKED_WITH_LENGTH = bitOf('length_and_encoding');
export const EQUAL_LENGTHS = bitOf('many_content_lengths');
export const UNASSIGNED_STATUS = bitOf('unassigned_status');

export function namesOf(oddities: number): OddityName[] {
  return ODDITIES.filter((_, place) => (oddities & (1 << place)) !== 0);
}
