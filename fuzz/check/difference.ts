import type { Fields, ReadMessage } from '../reader/reading.ts';

/** Where two readings of one message differ: one sentence; `null` when they do not. */
export function messageDifference(
  who: string,
  read: ReadMessage,
  other: string,
  expected: ReadMessage,
): string | null {
  if (read.start !== expected.start) {
    return `${who} reads ${quote(read.start)} where ${other} reads ${quote(expected.start)}`;
  }
  if (read.complete !== expected.complete) {
    const [one, two] = read.complete ? [who, other] : [other, who];
    return `${one} sees the end of ${quote(read.start)}, ${two} does not`;
  }
  if (!expected.complete) return null;
  if (read.body !== expected.body) {
    return `${who} reads the body ${quote(read.body)} where ${other} reads ${quote(expected.body)}`;
  }
  return (
    fieldsDifference(who, read.fields, other, expected.fields) ??
    fieldsDifference(who, read.trailers, other, expected.trailers)
  );
}

export function fieldsDifference(who: string, read: Fields, other: string, expected: Fields): string | null {
  const length = Math.max(read.length, expected.length);
  for (let i = 0; i < length; i++) {
    const [name, value] = read[i] ?? [];
    const [expectedName, expectedValue] = expected[i] ?? [];
    if (name === expectedName && value === expectedValue) continue;
    return `${who} reads ${field(name, value)} where ${other} reads ${field(expectedName, expectedValue)}`;
  }
  return null;
}

function field(name: string | undefined, value: string | undefined): string {
  return name === undefined ? 'no field' : quote(`${name}: ${value}`);
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
