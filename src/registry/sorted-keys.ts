/** Keys sorted at once: a few milliseconds. */
const RUN = 4096;

interface Run {
  readonly keys: readonly string[];
  at: number;
}

/** The keys in order, `null` now and then while nothing is known yet: a good moment to do something else. */
export function* sortedKeys(keys: Iterable<string>): Generator<string | null> {
  const heap: Run[] = [];
  let gathered: string[] = [];
  for (const key of keys) {
    if (gathered.push(key) < RUN) continue;
    push(heap, { keys: gathered.sort(), at: 0 });
    gathered = [];
    yield null;
  }
  if (gathered.length > 0) push(heap, { keys: gathered.sort(), at: 0 });
  while (heap.length > 0) {
    const first = heap[0]!;
    yield first.keys[first.at++]!;
    if (first.at === first.keys.length) {
      const last = heap.pop()!;
      if (heap.length === 0) return;
      if (last !== first) heap[0] = last;
    }
    sink(heap);
  }
}

function head({ keys, at }: Run): string {
  return keys[at]!;
}

function push(heap: Run[], run: Run): void {
  let at = heap.push(run) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (head(heap[parent]!) <= head(run)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = run;
}

/** Puts the first run where its key belongs. */
function sink(heap: Run[]): void {
  const run = heap[0]!;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && head(heap[child + 1]!) < head(heap[child]!)) child++;
    if (head(run) <= head(heap[child]!)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = run;
}
