import { CLASS, HTAB, PLAIN, SP, TARGET, VALUE } from '../message/character.ts';
import { type FieldName, PATH } from './field-name.ts';

/** Octets that an entry of a table counts beyond its name and value (RFC 7541 §4.1). */
const ENTRY_OVERHEAD = 32;
const ALL_CLASSES = 0xff;

/** A field as it came, looked at once: an entry of a table is handed out as often as it is referred to. */
export class Field {
  readonly name: FieldName;
  /** Latin-1. */
  readonly value: string;
  /** As HTTP/1.1 would spell it, its CRLF included. */
  readonly line: string;
  /** Of the value: no control character but HTAB, and neither SP nor HTAB at an end (RFC 9113 §8.2.1). */
  readonly isValid: boolean;
  /** Whether the value stands in a quoted log field as it is. */
  readonly isPlain: boolean;
  /** Of a `:path`: not empty, and visible without `#`; see `TARGET`. Of any other field: `false`. */
  readonly isTarget: boolean;
  /** Came as one that nobody on the way may put into a table (RFC 7541 §7.1.3). */
  readonly sensitive: boolean;
  /** Octets that it counts for in a table, and against a limit for header lists (RFC 9113 §6.5.2). */
  readonly size: number;

  /** The value in `bytes[start, end)`, which is copied. */
  constructor(name: FieldName, bytes: Buffer, start: number, end: number, sensitive: boolean) {
    let classes = ALL_CLASSES;
    for (let at = start; at < end; at++) classes &= CLASS[bytes[at]!]!;
    const isEmpty = start === end;
    this.name = name;
    this.value = isEmpty ? '' : bytes.toString('latin1', start, end);
    this.line = name.opening + this.value + '\r\n';
    this.isValid =
      isEmpty || ((classes & VALUE) !== 0 && !isBlank(bytes[start]!) && !isBlank(bytes[end - 1]!));
    this.isPlain = (classes & PLAIN) !== 0;
    this.isTarget = name.pseudo === PATH && !isEmpty && (classes & TARGET) !== 0;
    this.sensitive = sensitive;
    this.size = name.text.length + (end - start) + ENTRY_OVERHEAD;
  }
}

/** Is handed the fields of a header block in their order. */
export interface FieldSink {
  field(field: Field): void;
}

function isBlank(byte: number): boolean {
  return byte === SP || byte === HTAB;
}
