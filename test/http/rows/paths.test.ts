import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Backend, ok } from '../../support/backend.ts';
import { ask, get, statusOf, valuesOf } from '../../support/raw-http.ts';
import { rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite();

/** The application that gets a request for this path of a host with several, by name. */
async function ownerOf(path: string, host = 'paths.test'): Promise<string> {
  return suite.rule.beside(async () => {
    const response = await ask(suite.router.port, get(host, path));
    return statusOf(response) === 200 ? response.body : String(statusOf(response));
  });
}

describe('C10 a path goes on byte for byte', () => {
  for (const [row, path] of [
    ['N01', '/a/../b'],
    ['N01', '/%2e%2e/b'],
    ['N01', '/.%2e/'],
    ['N01', '/..'],
    ['N02', '//x'],
    ['N02', '/a//b'],
    ['N02', '/a/./b'],
    ['N02', '/a;p=1/b'],
    ['N02', '/a?x=1;y=2'],
    ['N03', '/a%2fb'],
    ['N03', '/a%5Cb'],
    ['N03', '/a\\b'],
    ['N04', '/%00'],
    ['N04', '/%0d%0aSet-Cookie:%20a=1'],
    ['N04', '/%zz'],
    ['N04', '/%'],
    ['N04', '/%u0041'],
    ['N04', '/%c0%ae%c0%ae/'],
    ['N06', '/a?'],
    ['N06', '/a?b?c'],
    ['N06', '/a?&;&&;'],
    ['N06', '/?/../x'],
    ['N06', '/a?x=%23#'.slice(0, -1)],
  ]) {
    test(`${row} ${path}`, async () => {
      const { requests } = await suite.rule.serves({ input: get('app.test', path) });
      assert.equal(requests[0]!.start, `GET ${path} HTTP/1.1`);
    });
  }

  test('N06 and a path without a query gets none', async () => {
    const { received } = await suite.rule.serves({ input: get('app.test', '/plain') });
    assert.ok(received.startsWith('GET /plain HTTP/1.1\r\n'));
  });

  test('N06 but not with a fragment, which no client sends', () =>
    suite.rule.refuses({ input: get('app.test', '/a?b#c'), status: 400, code: 'bad_target' }));

  test('N04 and nothing of it is decoded into the answer of the router', async () => {
    const { response } = await suite.rule.serves({
      input: get('nope.test', '/%0d%0aX-Injected:%201'),
      status: 404,
    });
    assert.deepEqual(valuesOf(response, 'X-Injected'), []);
  });
});

describe('C10 §2.1 a path finds its route as it stands', () => {
  const ending: (() => unknown)[] = [];

  beforeAll(async () => {
    for (const [name, ...uris] of [
      ['root', 'paths.test'],
      ['foo', 'paths.test/foo', 'only.test/foo'],
      ['deep', 'paths.test/foo/deep'],
      ['b', 'paths.test/b'],
      ['query', 'paths.test/query?a=1'],
    ] as [string, ...string[]][]) {
      const backend = await Backend.start({ onTestFinished: (done) => void ending.push(done) }, () =>
        ok(name),
      );
      for (const uri of uris) await suite.router.route(uri, backend.port);
    }
  });

  afterAll(async () => {
    for (const done of ending) await done();
  });

  for (const [row, path, owner] of [
    ['N01', '/foo/../b', 'foo'],
    ['N01', '/x/../foo', 'root'],
    ['N01', '/%66oo', 'root'],
    ['N01', '/./foo', 'root'],
    ['N02', '//foo', 'root'],
    ['N02', '/foo//deep', 'foo'],
    ['N02', '/foo;p=1', 'root'],
    ['N03', '/foo%2fdeep', 'root'],
    ['N03', '/foo\\deep', 'root'],
    ['N05', '/foo', 'foo'],
    ['N05', '/foo/', 'foo'],
    ['N05', '/foo?x', 'foo'],
    ['N05', '/foo/bar', 'foo'],
    ['N05', '/foo/deep', 'deep'],
    ['N05', '/foobar', 'root'],
    ['N05', '/foo%2f', 'root'],
    // Route keys are in lower case, as in gorouter; what goes on is as it came.
    ['N05', '/FOO/Deep', 'deep'],
    ['N06', '/?/foo', 'root'],
    ['N07', '/query', 'query'],
    ['N07', '/query?b=2', 'query'],
  ] as const) {
    test(`${row} ${path} is for ${owner}`, async () => assert.equal(await ownerOf(path), owner));
  }

  for (const path of ['/', '/x/../foo', '//foo', '/foobar', '/foo%2f', '/%66oo']) {
    test(`N01 N05 ${path} is for nobody where there is only /foo`, async () =>
      assert.equal(await ownerOf(path, 'only.test'), '404'));
  }
});
