import type { TableView } from '../../registry/table-view.ts';
import { inTurns } from '../../time/in-turns.ts';

const MOST = 5;
/** Changes that a mistyped host has at most. */
const FARTHEST = 3;
/** Routes that are looked at in one turn of the loop. */
const PER_TURN = 1000;

/** Routes that somebody may have meant who asked for this host: its own, whatever the path, then those spelt alike. */
export async function nearestRoutes(view: Pick<TableView, 'routes'>, host: string): Promise<string[]> {
  const wanted = host.toLowerCase().replace(/:\d+$/, '');
  const own: string[] = [];
  const alike: { readonly key: string; readonly distance: number }[] = [];
  const look = function* (): Generator<void> {
    let work = 0;
    for (const { key } of view.routes()) {
      if (++work % PER_TURN === 0) yield;
      const slash = key.indexOf('/');
      const other = slash < 0 ? key : key.slice(0, slash);
      if (other === wanted) {
        if (own.length < MOST) own.push(key);
        continue;
      }
      const distance = distanceWithin(wanted, other, FARTHEST);
      if (distance <= FARTHEST) alike.push({ key, distance });
    }
  };
  await inTurns(look());
  const nearest = alike.toSorted((a, b) => a.distance - b.distance).map(({ key }) => key);
  return [...own, ...nearest].slice(0, MOST);
}

/** Letters to insert, delete or replace; above `most`: too many, and not counted on. */
function distanceWithin(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    let least = row;
    for (let at = 1; at <= other.length; at++) {
      const same = one[row - 1] === other[at - 1] ? 0 : 1;
      next[at] = Math.min(last[at]! + 1, next[at - 1]! + 1, last[at - 1]! + same);
      least = Math.min(least, next[at]!);
    }
    if (least > most) return most + 1;
    last = next;
  }
  return last[other.length]!;
}
