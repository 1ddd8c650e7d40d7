import { jsonObject, seedOf, Unreadable } from '../snapshot/checked-text.ts';
import { HEADER_BYTES, type Header, readHeader } from '../snapshot/header.ts';
import { MOST_LINE_BYTES, readLine } from '../snapshot/line.ts';
import type { LineFault, TableLine } from './table-line.ts';

const FORMAT = 'cellgate-table';
const LINE_FEED = Buffer.from('\n');
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

type Form =
  | { readonly name: 'unknown' }
  /** As a router writes it. */
  | { readonly name: 'checked'; readonly header: Header; readonly seed: number }
  /** Written by hand: JSON alone, a line for each endpoint. */
  | { readonly name: 'plain' }
  /** Its header is bad: of the rest nothing can be said. */
  | { readonly name: 'lost' };

type Checked = Extract<Form, { name: 'checked' }>;

/** Reads a table's text line by line, in either form. Whatever it is given, it does not throw. */
export class TableReader {
  #form: Form = { name: 'unknown' };
  #line = 0;
  /** Of the checked form: lines after the header, and the number that the next one has at the least. */
  #count = 0;
  #next = 0;

  /** @param bytes without the line feed; `null`: it is about no endpoint */
  take(bytes: Buffer): TableLine | LineFault | null {
    this.#line++;
    if (this.#form.name === 'unknown') return this.#begin(bytes);
    if (this.#form.name === 'lost') return null;
    return this.#form.name === 'checked' ? this.#takeChecked(bytes, this.#form) : this.#takePlain(bytes);
  }

  /** After the last line: what is wrong with the whole. */
  end(): LineFault | null {
    const form = this.#form;
    if (form.name === 'unknown') return { line: null, reason: 'it is empty' };
    if (form.name !== 'checked' || form.header.count === this.#count) return null;
    const reason = `it has ${this.#count} lines after its first, which speaks of ${form.header.count}`;
    return { line: null, reason };
  }

  #begin(found: Buffer): TableLine | LineFault | null {
    // Editors put it in front of a text, of which it says nothing.
    const bytes = found.indexOf(BYTE_ORDER_MARK) === 0 ? found.subarray(BYTE_ORDER_MARK.length) : found;
    if (!bytes.toString('latin1', 0, FORMAT.length + 1).startsWith(FORMAT)) {
      if (isBlank(bytes)) return null;
      this.#form = { name: 'plain' };
      return this.#takePlain(bytes);
    }
    const header = readHeader(FORMAT, Buffer.concat([bytes.subarray(0, HEADER_BYTES), LINE_FEED]));
    if (header instanceof Unreadable) {
      this.#form = { name: 'lost' };
      return this.#fault(header);
    }
    this.#form = { name: 'checked', header, seed: seedOf(header.id) };
    return null;
  }

  #takeChecked(bytes: Buffer, { header, seed }: Checked): TableLine | LineFault | null {
    this.#count++;
    if (bytes.length > MOST_LINE_BYTES) return this.#fault(tooLong());
    const read = readLine(bytes, seed);
    if (read instanceof Unreadable) return this.#fault(read);
    const { number, kind, said } = read;
    if (number < this.#next || number >= header.count) {
      return this.#fault(new Unreadable('its number does not follow that of the line before'));
    }
    this.#next = number + 1;
    // Of a snapshot other things are kept too.
    return isKind(kind) ? { line: this.#line, kind, said } : null;
  }

  #takePlain(bytes: Buffer): TableLine | LineFault | null {
    if (isBlank(bytes)) return null;
    if (bytes.length > MOST_LINE_BYTES) return this.#fault(tooLong());
    const said = jsonObject(bytes.toString('utf8'));
    if (said instanceof Unreadable) return this.#fault(said);
    const { kind = said['external_port'] === undefined ? 'http' : 'tcp', ...rest } = said;
    if (!isKind(kind)) return this.#fault(new Unreadable('kind: allowed: "http", "tcp"'));
    return { line: this.#line, kind, said: rest };
  }

  #fault({ reason }: Unreadable): LineFault {
    return { line: this.#line, reason };
  }
}

export function isFault(taken: TableLine | LineFault): taken is LineFault {
  return 'reason' in taken;
}

function isKind(kind: unknown): kind is TableLine['kind'] {
  return kind === 'http' || kind === 'tcp';
}

function tooLong(): Unreadable {
  return new Unreadable(`it is longer than ${MOST_LINE_BYTES} bytes`);
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
