import assert from 'node:assert/strict';
import { test } from 'vitest';
import { BusRejections } from '../../../src/runtime/show/bus-rejections.ts';

const REASON = 'port: found string "eighty", allowed: an integer from 0 to 65535';

function excerptOf(service: string, hidesQuery = true): string {
  const rejections = new BusRejections();
  const payload = `{"route_service_url":${service},"port":"eighty","uris":["a.test"]}`;
  rejections.note(0, 'router.register', REASON, Buffer.from(payload), hidesQuery);
  const { excerpt } = rejections.list()[0]!;
  assert.match(excerpt.text.slice(excerpt.at), /^"eighty"/);
  return excerpt.text;
}

test('a password in a refused message is hidden however the message spells its address', () => {
  for (const service of [
    '"https://ada:pass@s.test"',
    String.raw`"https:\/\/ada:pass@s.test"`,
    '"https://ada:pa@pass@s.test"',
    String.raw`"https://ada:pa\"pass@s.test"`,
    '"https://ada:pa/pass@s.test"',
    String.raw`"https://ada:pa\u0040pass@s.test"`,
    String.raw`"https:\u002f/ada:pass@s.test"`,
  ]) {
    const excerpt = excerptOf(service);
    assert.doesNotMatch(excerpt, /pass/, service);
  }
});

test('a query in a refused message is hidden however its mark is spelt, and shown where nothing is to be hidden', () => {
  for (const service of ['"https://s.test/?k=pass"', String.raw`"https://s.test/\u003fk=pass"`]) {
    assert.doesNotMatch(excerptOf(service), /pass/, service);
  }
  assert.match(excerptOf('"https://s.test/?k=pass"', false), /pass/);
});
