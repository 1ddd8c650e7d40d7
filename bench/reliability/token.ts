let last = 0;

/** Different from every other token of every process. */
export function nextToken(): string {
  last++;
  return `${process.pid}-${last}`;
}
