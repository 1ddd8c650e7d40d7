import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { temporaryDirectory } from '../../support/cellgate-process.ts';
import { Http2Platform, nameOf, WAYS, type Ways } from '../../support/http2-platform.ts';
import { bytesOf, digestOf } from '../../support/object-server.ts';
import { fileOf, runProgram, unlessInstalled } from '../../support/peer-program.ts';
import { skipFor } from '../../support/skip-for.ts';

const LARGE = 10 * 1024 * 1024;
const skip = unlessInstalled('curl');

async function platform(t: TestContext, ways: Ways) {
  const platform = await Http2Platform.start(t, ways);
  const server = await platform.serveObjects(t);
  const { engine, caFile, origin } = platform;
  const curl = (path: string, ...more: string[]) =>
    runProgram(
      t,
      ...(['curl', '--silent', '--show-error', '--fail', '--max-time', '50'] as const),
      ...['--resolve', `app.test:${engine.port}:127.0.0.1`, '--cacert', caFile],
      ...['--write-out', '%{stderr}HTTP/%{http_version} %{http_code}'],
      ways.front === 'h2' ? '--http2' : '--http2-prior-knowledge',
      ...more,
      `${origin}${path}`,
    );
  return { engine, server, curl };
}

describe('§3.12 curl through the router,', skipFor(skip), () => {
  for (const ways of WAYS) {
    test(`${nameOf(ways)}: a request, an upload and a download of 10 MiB`, async (t) => {
      const { engine, server, curl } = await platform(t, ways);
      assert.deepEqual(await curl('/hello'), { code: 0, stdout: '/hello', stderr: 'HTTP/2 200' });
      const bytes = bytesOf(LARGE);
      const body = fileOf(t, bytes);
      for (const more of [[], ['--header', 'Expect: 100-continue'], ['--header', 'Content-Length:']]) {
        const { code, stdout, stderr } = await curl('/digest', '--data-binary', `@${body}`, ...more);
        assert.deepEqual([code, stdout, stderr], [0, digestOf(bytes), 'HTTP/2 200']);
      }
      for (const path of [`/bytes/${LARGE}`, `/stream/${LARGE}`]) {
        const into = join(temporaryDirectory(t), 'got');
        const { code, stderr } = await curl(path, '--output', into);
        assert.deepEqual([code, stderr], [0, 'HTTP/2 200']);
        assert.ok(readFileSync(into).equals(bytes), `${path} comes whole`);
      }
      assert.equal(server.asked.filter((asked) => asked === 'POST /digest').length, 3);
      await engine.isEmpty();
    });
  }

  test('a HEAD, a PUT and a DELETE, and what is sent comes back as it is sent', async (t) => {
    const { engine, curl } = await platform(t, WAYS[0]!);
    const head = await curl('/bytes/5', '--head');
    assert.match(head.stdout, /^HTTP\/2 200 \r\n/);
    assert.match(head.stdout, /\r\ncontent-length: 5\r\n/);
    const bytes = bytesOf(100_000);
    const { stdout } = await curl('/echo', '--upload-file', fileOf(t, bytes));
    assert.equal(stdout, bytes.toString('latin1'));
    assert.equal((await curl('/gone', '--request', 'DELETE')).stdout, '/gone');
    await engine.isEmpty();
  });

  // Over TLS: curl 7.88 cannot wait for a connection in clear that it is still making.
  test('64 downloads at once share one connection', async (t) => {
    const { engine, curl } = await platform(t, WAYS[0]!);
    const { code, stdout } = await curl('/bytes/100000?[1-64]', '--parallel', '--parallel-max', '64');
    assert.equal(code, 0);
    assert.equal(stdout.length, 64 * 100_000);
    assert.equal(engine.sockets.length, 1);
    await engine.isEmpty();
  });

  test('an Upgrade to HTTP/2 is not taken: the answer is HTTP/1.1', async (t) => {
    const { engine, curl } = await platform(t, { front: 'h2c', back: 'HTTP/1.1' });
    const { stdout, stderr } = await curl('/hello', '--http2');
    assert.deepEqual([stdout, stderr], ['/hello', 'HTTP/1.1 200']);
    await engine.isEmpty();
  });
});
