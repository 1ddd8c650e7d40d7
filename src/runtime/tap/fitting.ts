/** How many of the first records fit into so many bytes of JSON; one at least. */
export function fitting(records: readonly object[], bytes: number): number {
  let sum = 0;
  const end = records.findIndex((record) => {
    // And a comma.
    sum += Buffer.byteLength(JSON.stringify(record)) + 1;
    return sum > bytes;
  });
  return end < 0 ? records.length : Math.max(1, end);
}
