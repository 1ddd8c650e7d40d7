/** A histogram lies in a row of numbers: their sum, then the count of each bucket, then of what is beyond. */
export function histogramWidth(buckets: readonly number[]): number {
  return buckets.length + 2;
}

/** `start`: where the histogram begins. Buckets are few: looking along them beats anything clever. */
export function observe(cells: Float64Array, start: number, buckets: readonly number[], value: number): void {
  let bucket = 0;
  while (bucket < buckets.length && value > buckets[bucket]!) bucket++;
  cells[start]! += value;
  cells[start + 1 + bucket]!++;
}
