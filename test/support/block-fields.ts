import assert from 'node:assert/strict';
import { BlockText } from '../../src/http/h2/block-text.ts';
import { HpackDecoder } from '../../src/http/hpack/decoder.ts';
import type { OutgoingHead } from '../../src/http/message/head-sink.ts';

/** What a head says over HTTP/2: names and values in turn. `scheme`: of a request. */
export function fieldsOf(head: OutgoingHead, scheme: 'http' | 'https' = 'http'): string[] {
  const block = Buffer.from(new BlockText().of(head, scheme), 'latin1');
  const fields: string[] = [];
  const field = ({ name, value }: { name: { text: string }; value: string }) => fields.push(name.text, value);
  assert.ok(new HpackDecoder().decode(block, 0, block.length, { field }));
  return fields;
}
