/** Which fields are messages, and which fields of those. */
export interface Nested {
  readonly [field: number]: Nested;
}

/** Of an envelope: what it may hold, and its tags. */
export const ENVELOPE: Nested = { 7: { 3: {}, 12: {} }, 8: {}, 9: {}, 10: {}, 17: {} };

/** The fields of a protobuf message, those in `nested` as messages themselves. Knows nothing of how it was written. */
export function readMessage(bytes: Buffer, nested: Nested = {}): Record<number, unknown[]> {
  const fields: Record<number, unknown[]> = {};
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    let value: unknown;
    if ((tag & 7) === 0) value = varint();
    else if ((tag & 7) === 1) {
      value = bytes.readDoubleLE(at);
      at += 8;
    } else {
      const length = Number(varint());
      const part = bytes.subarray(at, at + length);
      at += length;
      const within = nested[number];
      value = within === undefined ? part.toString() : readMessage(part, within);
    }
    fields[number] = [...(fields[number] ?? []), value];
  }
  return fields;
}
