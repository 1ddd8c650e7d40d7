import type { HpackDecoder } from '../../src/http/hpack/decoder.ts';
import type { Field } from '../../src/http/hpack/field.ts';
import type { ModelField } from './hpack-model.ts';

/** The fields of a whole block, `null` when it is refused. It stands among other bytes, as in a frame. */
export function decodedFields(decoder: HpackDecoder, block: Buffer): Field[] | null {
  const bytes = Buffer.concat([Buffer.from('\xff\x82', 'latin1'), block, Buffer.from('\x00\x82', 'latin1')]);
  const fields: Field[] = [];
  const isDecoded = decoder.decode(bytes, 2, 2 + block.length, { field: (field) => fields.push(field) });
  return isDecoded ? fields : null;
}

/** The same as the model has them. */
export function decoded(decoder: HpackDecoder, block: Buffer): ModelField[] | null {
  const fields = decodedFields(decoder, block);
  return fields?.map(({ name, value, sensitive }) => [name.text, value, sensitive] as const) ?? null;
}

/** Hexadecimal as RFC 7541 Appendix C prints it. */
export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
}
