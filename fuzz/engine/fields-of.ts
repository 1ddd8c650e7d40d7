import type { Head } from '../../src/http/message/head.ts';
import type { Fields } from '../reader/reading.ts';

export function fieldsOf(head: Head): Fields {
  return Array.from({ length: head.count }, (_, line) => [head.name(line), head.value(line)] as const);
}
