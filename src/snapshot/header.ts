import { checkedBytes, isWhole, jsonObject, seedOf, Unreadable, withChecksum } from './checked-text.ts';

export type Format = 'cellgate-table' | 'cellgate-ages';

/** The first line of both files. */
export interface Header {
  /** Random; of one writing of the table, and of the ages that belong to it. */
  readonly id: string;
  /** Unix milliseconds: when it was written. */
  readonly at: number;
  /** Lines after this one; of the ages: characters. */
  readonly count: number;
}

/** Of one length, line feed included, because the table's is filled in when the lines are written. */
export const HEADER_BYTES = 128;

/** Since 2, lines may have endpoints packed. */
const VERSION = 2;
const READABLE: ReadonlySet<string> = new Set(['1', '2']);
const ID = /^[0-9a-f]{16}$/;
/** More have no place in a snapshot, and would cost memory before the first line is read. */
export const MOST_LINES = 1 << 24;

/** `cellgate-table 2 <checksum> {"id":…,"at":…,"count":…}` and spaces up to the line's end. */
export function headerText(format: Format, { id, at, count }: Header): string {
  const start = `${format} ${VERSION} `;
  const json = JSON.stringify({ id, at, count });
  return `${start}${withChecksum(json, seedOf(start))}`.padEnd(HEADER_BYTES - 1) + '\n';
}

/** @param bytes the file's first `HEADER_BYTES`, or all of it */
export function readHeader(format: Format, bytes: Buffer): Header | Unreadable {
  const text = bytes.toString('latin1', 0, HEADER_BYTES);
  const version = new RegExp(`^${format} (\\d{1,9}) `).exec(text);
  if (version === null) return new Unreadable(`it does not begin with "${format}" and a version`);
  const [start, number] = version;
  if (!READABLE.has(number!)) {
    return new Unreadable(`its version is ${number}, and those up to ${VERSION} are known here`);
  }
  if (text.at(HEADER_BYTES - 1) === '\r') {
    return new Unreadable(
      'its lines end with a carriage return, which no router writes: something has changed them',
    );
  }
  if (text.length < HEADER_BYTES || text.at(-1) !== '\n') {
    return new Unreadable(`its first line has not ${HEADER_BYTES} bytes`);
  }
  const json = checkedBytes(Buffer.from(text.slice(start.length).trimEnd(), 'latin1'), seedOf(start));
  if (json instanceof Unreadable) return new Unreadable(`of its first line ${json.reason}`);
  return headerOf(json.toString('latin1'));
}

function headerOf(json: string): Header | Unreadable {
  const fields = jsonObject(json);
  if (fields instanceof Unreadable) return fields;
  const { id, at, count } = fields;
  if (typeof id !== 'string' || !ID.test(id)) return new Unreadable('its id is none');
  if (!isWhole(at)) return new Unreadable('its time is none');
  if (!isWhole(count) || count > MOST_LINES) return new Unreadable('its count of lines is none');
  return { id, at, count };
}
