import { OTHER } from './field-name.ts';

/** Numbers kept per header line. */
export const STRIDE = 5;
export const NAME_START = 0;
export const NAME_END = 1;
export const VALUE_START = 2;
export const VALUE_END = 3;
/** The name's id, plus `CANONICAL` when the line is spelled `Name: value` and can be forwarded as it stands. */
export const KIND = 4;
export const CANONICAL = 0x100;
/** Plus this when nobody on the way is to keep the line for compression (RFC 7541 §7.1.3). */
export const SENSITIVE = 0x200;
export const ID_MASK = 0xff;

/**
 * The start line and header section of one message: its bytes as Latin-1 text, in which one character is one
 * byte, and a table of where each line's name and value lie. Filled by `HeadParser`, reused from message to
 * message, valid until the parser is asked for the next one.
 */
export class Head {
  text = '';
  /** Where the start line begins, of a response too: above 0 when empty lines came before a request line. */
  methodStart = 0;
  methodEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  /** 0 or 1: HTTP/1.0 or HTTP/1.1; of a response up to 9. */
  minorVersion = 1;
  status = 0;
  reasonStart = 0;
  reasonEnd = 0;
  /** Whether the target and all values can stand in a quoted log field as they are. */
  plain = true;
  /** Of a response, what `oddity.ts` names. */
  oddities = 0;
  /** Header lines. */
  count = 0;
  /** As long as the largest so far: a plain array is made in a tenth of the time of a typed one, and grows with need. */
  readonly fields: number[] = [];

  get method(): string {
    return this.text.slice(this.methodStart, this.methodEnd);
  }

  get target(): string {
    return this.text.slice(this.targetStart, this.targetEnd);
  }

  get isResponse(): boolean {
    return this.status !== 0;
  }

  /** Of a request, without its line end. */
  get startLine(): string {
    return this.text.slice(this.methodStart, this.targetEnd + ' HTTP/1.1'.length);
  }

  get reason(): string {
    return this.text.slice(this.reasonStart, this.reasonEnd);
  }

  id(line: number): number {
    return this.fields[line * STRIDE + KIND]! & ID_MASK;
  }

  name(line: number): string {
    const at = line * STRIDE;
    return this.text.slice(this.fields[at + NAME_START]!, this.fields[at + NAME_END]!);
  }

  value(line: number): string {
    const at = line * STRIDE;
    return this.text.slice(this.fields[at + VALUE_START]!, this.fields[at + VALUE_END]!);
  }

  /** Where it lies in the text; -1: there is no such line. */
  startOfValue(line: number): number {
    return line < 0 ? -1 : this.fields[line * STRIDE + VALUE_START]!;
  }

  /** Whether nobody on the way is to keep the line for compression. */
  isSensitive(line: number): boolean {
    return (this.fields[line * STRIDE + KIND]! & SENSITIVE) !== 0;
  }

  valueIs(line: number, text: string): boolean {
    const at = line * STRIDE;
    const start = this.fields[at + VALUE_START]!;
    return this.fields[at + VALUE_END]! - start === text.length && this.text.startsWith(text, start);
  }

  /** The first line with this id, or -1. */
  find(id: number): number {
    const { fields } = this;
    for (let line = 0, at = KIND; line < this.count; line++, at += STRIDE) {
      if ((fields[at]! & ID_MASK) === id) return line;
    }
    return -1;
  }

  /** The first value of a name the router does not know by id, compared without regard to case; `null` when absent. */
  valueOf(name: string): string | null {
    for (let line = 0; line < this.count; line++) {
      if (this.id(line) === OTHER && this.name(line).toLowerCase() === name) return this.value(line);
    }
    return null;
  }

  /** The first value of any name, compared without regard to case; `null` when absent. */
  anyValueOf(name: string): string | null {
    for (let line = 0; line < this.count; line++) {
      const at = line * STRIDE;
      if (this.fields[at + NAME_END]! - this.fields[at + NAME_START]! !== name.length) continue;
      if (this.name(line).toLowerCase() === name) return this.value(line);
    }
    return null;
  }

  /** One more line at the end of a whole head. `id`: of the name. */
  append(name: string, value: string, id: number): void {
    const start = this.text.length - 2;
    const valueStart = start + name.length + 2;
    this.text = `${this.text.slice(0, start)}${name}: ${value}\r\n\r\n`;
    this.addField(start, start + name.length, valueStart, valueStart + value.length, id | CANONICAL);
  }

  reset(): void {
    this.text = '';
    this.oddities = 0;
    this.count = 0;
    this.status = 0;
  }

  addField(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number, kind: number): void {
    const at = this.count * STRIDE;
    const { fields } = this;
    // Never with holes, which would make every reading slower.
    if (at === fields.length) fields.push(0, 0, 0, 0, 0);
    fields[at + NAME_START] = nameStart;
    fields[at + NAME_END] = nameEnd;
    fields[at + VALUE_START] = valueStart;
    fields[at + VALUE_END] = valueEnd;
    fields[at + KIND] = kind;
    this.count++;
  }
}
