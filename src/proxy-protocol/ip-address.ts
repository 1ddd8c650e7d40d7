/** The four bytes of dotted decimal without leading zeros, or null. */
export function ipv4Bytes(text: string): readonly number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  const bytes = parts.map((part) => (/^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte < 256) ? bytes : null;
}

/** The 16 bytes of an IPv6 address without zone or brackets, or null. */
export function ipv6Bytes(text: string): readonly number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const front = groups(halves[0]!);
  const back = halves.length === 2 ? groups(halves[1]!) : [];
  if (front === null || back === null) return null;
  const missing = 16 - front.length - back.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return null;
  return [...front, ...new Array<number>(missing).fill(0), ...back];
}

export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** RFC 5952: lower case, the longest run of zero groups left out. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const words = Array.from({ length: 8 }, (_, i) => (bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!);
  let from = -1;
  let longest = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && words[i + run] === 0) run++;
    if (run > longest) {
      longest = run;
      from = i;
    }
  }
  const hex = (part: readonly number[]) => part.map((word) => word.toString(16)).join(':');
  return from < 0 ? hex(words) : `${hex(words.slice(0, from))}::${hex(words.slice(from + longest))}`;
}

function groups(text: string): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const bytes: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (/^[\da-f]{1,4}$/i.test(part)) {
      const word = Number.parseInt(part, 16);
      bytes.push(word >> 8, word & 0xff);
      continue;
    }
    const last = i === parts.length - 1 ? ipv4Bytes(part) : null;
    if (last === null) return null;
    bytes.push(...last);
  }
  return bytes.length <= 16 ? bytes : null;
}
