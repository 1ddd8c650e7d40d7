import assert from 'node:assert/strict';
import { test } from 'vitest';
import { asFrames } from '../../fuzz/crossing/as-frames.ts';
import { makeRequest, makeResponse } from '../../fuzz/crossing/message.ts';
import { bytesOf, type Part } from '../../fuzz/crossing/part.ts';
import { dress } from '../../fuzz/http2/dress.ts';
import { Random } from '../../fuzz/random.ts';
import { decodeBlock, ModelTable } from '../support/hpack-model.ts';
import { contentOf, endsBlock, endsStream, type Frame, FrameReader } from '../support/http2-frames.ts';
import { TYPE } from '../support/raw-http2.ts';

const SEED = 9113;
const MESSAGES = 400;
const TABLE_BYTES = 4096;

/** Blocks as fields, the body, and whether all ends. */
function meaningOf(frames: readonly Frame[]) {
  const table = new ModelTable(TABLE_BYTES);
  const blocks: unknown[] = [];
  let block: Buffer[] = [];
  let body = '';
  for (const frame of frames) {
    if (frame.type === TYPE.data) body += contentOf(frame).toString('latin1');
    if (frame.type !== TYPE.headers && frame.type !== TYPE.continuation) continue;
    block.push(contentOf(frame));
    if (!endsBlock(frame)) continue;
    const fields = decodeBlock(table, TABLE_BYTES, Buffer.concat(block));
    blocks.push({ fields: fields.map(([name, value]) => [name, value]), behind: body.length });
    block = [];
  }
  return { blocks, body, ends: frames.filter(endsStream).length };
}

function framesOf(parts: readonly Part[]): Frame[] {
  const bytes = parts.map((part) => ('stream' in part ? bytesOf(part, 'case.test') : Buffer.alloc(0)));
  return new FrameReader().push(Buffer.concat(bytes));
}

test('what is dressed means the same, with padding, pieces, and each way to say a field', () => {
  const flags = new Set<number>();
  const kinds = new Set<number>();
  let encoded = 0;
  for (let index = 0; index < MESSAGES; index++) {
    const random = new Random(SEED, index);
    const isClient = index % 2 === 0;
    const message = (isClient ? makeRequest : makeResponse)('!mark!', false, random);
    const plain = asFrames(message, false, random);
    const dressed = dress(plain, isClient, random);
    const frames = framesOf(dressed);
    assert.deepEqual(meaningOf(frames), meaningOf(framesOf(plain)), `message ${index}`);
    for (const frame of frames) {
      kinds.add(frame.type);
      if (frame.type <= TYPE.headers) flags.add(frame.flags);
    }
    encoded += dressed.filter((part) => part.kind === 'block' && part.encoded !== undefined).length;
  }
  for (const type of [TYPE.continuation, TYPE.priority, TYPE.ping, TYPE.windowUpdate, TYPE.settings, 0x77])
    assert.ok(kinds.has(type), `frames of type ${type}`);
  for (const each of [8, 9, 0x20, 0x24]) assert.ok(flags.has(each), `flags ${each}`);
  assert.ok(encoded > MESSAGES / 2);
});
