import { HOST_FIELD } from '../message/field-name.ts';
import {
  type Head,
  ID_MASK,
  KIND,
  NAME_END,
  NAME_START,
  STRIDE,
  VALUE_END,
  VALUE_START,
} from '../message/head.ts';

export interface HeaderBounds {
  /** `max_request_header_bytes`: as many are too many. */
  readonly bytes: number;
  /** `max_request_headers`, without Host, which Go does not count. */
  readonly fields: number;
}

/** Whether the head is more than gorouter takes, by its own measure (docs/compatibility.md §3.8). */
export function exceeds(head: Head, bounds: HeaderBounds): boolean {
  // No measure is larger than the bytes of the head with one more for each line; nearly always that is all to know.
  if (head.text.length + head.count < bounds.bytes && head.count <= bounds.fields) return false;
  return headerSize(head) >= bounds.bytes || counted(head) > bounds.fields;
}

/** Method, target and protocol with what stands between them, and each line with its colon, space and end. */
function headerSize(head: Head): number {
  let size = head.methodEnd - head.methodStart + (head.targetEnd - head.targetStart) + 'HTTP/1.1'.length + 4;
  for (let line = 0, at = 0; line < head.count; line++, at += STRIDE) {
    const { fields } = head;
    size += fields[at + NAME_END]! - fields[at + NAME_START]! + 4;
    size += fields[at + VALUE_END]! - fields[at + VALUE_START]!;
  }
  return size;
}

function counted(head: Head): number {
  let count = head.count;
  for (let line = 0, at = KIND; line < head.count; line++, at += STRIDE) {
    if ((head.fields[at]! & ID_MASK) === HOST_FIELD) count--;
  }
  return count;
}
