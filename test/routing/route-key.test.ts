import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contextPath, routeKey } from '../../src/routing/route-key.ts';

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
  ];
  for (const [uri, key, path] of cases) {
    test(`§2.1 ${uri} is ${key}, its context path ${path}`, () => {
      assert.equal(routeKey(uri), key);
      assert.equal(contextPath(uri), path);
    });
  }
});
