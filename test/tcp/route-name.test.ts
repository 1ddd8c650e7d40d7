import assert from 'node:assert/strict';
import { test } from 'vitest';
import { readRouteName, routeNameText } from '../../src/tcp/table/route-name.ts';

test('a TCP route is read as it is written, and written in one way', () => {
  for (const [written, text, port, sni] of [
    ['tcp:1024', 'tcp:1024', 1024, ''],
    ['tcp:65535', 'tcp:65535', 65_535, ''],
    ['tcp:1024/DB.Example.com.', 'tcp:1024/db.example.com', 1024, 'db.example.com'],
    ['tcp:1/*.example.com', 'tcp:1/*.example.com', 1, '*.example.com'],
  ] as const) {
    const name = readRouteName(written);
    assert.deepEqual(name, { port, sni });
    assert.equal(routeNameText(name!), text);
  }
});

test('what is no TCP route is read as none', () => {
  for (const text of [
    'tcp:',
    'tcp:0',
    'tcp:01024',
    'tcp:65536',
    'tcp:1024/',
    'tcp:1024/a b',
    'tcp:x',
    'TCP:1',
    '1024',
  ]) {
    assert.equal(readRouteName(text), null, text);
  }
});
