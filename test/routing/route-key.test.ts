import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { contextPath, escapedPath, routeKey } from '../../src/routing/route-key.ts';

describe('a registered uri', () => {
  const cases: readonly [uri: string, key: string, path: string][] = [
    ['foo.com', 'foo.com', '/'],
    ['foo.com/', 'foo.com', '/'],
    ['FOO.com', 'foo.com', '/'],
    ['foo.com//', 'foo.com/', '//'],
    ['foo.com/Bar', 'foo.com/bar', '/Bar'],
    ['foo.com/Bar/', 'foo.com/bar', '/Bar/'],
    ['foo.com/a/B?c/D', 'foo.com/a/b', '/a/B'],
    ['foo.com?q', 'foo.com', '/'],
    ['foo.com/?a?b/', 'foo.com', '/'],
    ['*.foo.com/a%20b', '*.foo.com/a%20b', '/a%20b'],
    ['/foo.com', 'foo.com', '/foo.com'],
    ['//foo.com', '/foo.com', '//foo.com'],
    ['foo.com.', 'foo.com', '/'],
    ['*.foo.com./a.', '*.foo.com/a.', '/a.'],
    ['/FOO.com./a', 'foo.com/a', '/FOO.com./a'],
    ['foo.com/Ü/\u212a', 'foo.com/%c3%9c/%e2%84%aa', '/Ü/\u212a'],
  ];
  for (const [uri, key, path] of cases) {
    test(`§2.1 ${uri} is ${key}, its context path ${path}`, () => {
      assert.equal(routeKey(uri), key);
      assert.equal(contextPath(uri), path);
    });
  }
});

test('a path of a request is looked up by the escapes of what is beyond ASCII, and is else as it was sent', () => {
  const sent = Buffer.from('/Ü/%c3%9C/x').toString('latin1');
  assert.equal(escapedPath(sent), '/%c3%9c/%c3%9C/x');
  assert.equal(routeKey(`a.test${escapedPath(sent)}`), routeKey('a.test/Ü/%C3%9C/x'));
  assert.equal(escapedPath('/a"b%2f|'), '/a"b%2f|');
});

test('half a character makes a key that no request has, rather than a fault', () => {
  assert.equal(routeKey('\ud800.test'), '%ef%bf%bd.test');
});
