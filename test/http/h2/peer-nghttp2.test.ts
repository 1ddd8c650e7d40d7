import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { findProgram } from '../../../bench/find-program.ts';
import { temporaryDirectory } from '../../support/cellgate-process.ts';
import { freePort } from '../../support/free-port.ts';
import { Http2Platform, nameOf, WAYS, type Ways } from '../../support/http2-platform.ts';
import { bytesOf, digestOf } from '../../support/object-server.ts';
import { fileOf, runProgram, unlessInstalled } from '../../support/peer-program.ts';
import { skipFor } from '../../support/skip-for.ts';

const LARGE = 10 * 1024 * 1024;

async function platform(t: TestContext, ways: Ways) {
  const platform = await Http2Platform.start(t, ways);
  const server = await platform.serveObjects(t);
  const { engine, origin } = platform;
  const local = (path: string) => `${origin.replace('app.test', '127.0.0.1')}${path}`;
  return { engine, server, local };
}

describe('§3.12 nghttp through the router,', skipFor(unlessInstalled('nghttp')), () => {
  for (const ways of WAYS) {
    test(`${nameOf(ways)}: an upload and downloads of 10 MiB, as its priorities have them`, async (t) => {
      const { engine, server, local } = await platform(t, ways);
      const host = ['--header', ':authority: app.test', '--no-verify-peer'];
      const bytes = bytesOf(LARGE);
      const data = fileOf(t, bytes);
      const upload = await runProgram(t, 'nghttp', ...host, '--data', data, local('/digest'));
      assert.deepEqual([upload.code, upload.stdout], [0, digestOf(bytes)]);
      // With dependencies, which say nothing any more, and with the least windows and the largest.
      for (const more of [[], ['--no-dep'], ['--window-bits=30', '--connection-window-bits=30']]) {
        const get = await runProgram(t, 'nghttp', ...host, '--weight=200', ...more, local(`/bytes/${LARGE}`));
        assert.ok(get.stdout === bytes.toString('latin1'), `${get.stdout.length} bytes`);
      }
      assert.equal(server.asked.length, 4);
      await engine.isEmpty();
    });
  }

  test('a padded request whose head goes on in CONTINUATION, and which has trailers, is taken', async (t) => {
    const { engine, server, local } = await platform(t, WAYS[1]!);
    const { stdout } = await runProgram(
      t,
      ...(['nghttp', '--verbose', '--continuation', '--padding=100', '--trailer', 'x-checksum: 1'] as const),
      ...['--header', ':authority: app.test', '--data', fileOf(t, 'hello'), local('/echo')],
    );
    assert.match(stdout, /send HEADERS frame <length=1[6-9]\d{3}/);
    assert.match(stdout, /:status: 200/);
    assert.match(stdout, /^hello/m);
    assert.match(stdout, /recv GOAWAY|send GOAWAY/);
    assert.deepEqual(server.asked, ['POST /echo']);
    await engine.isEmpty();
  });
});

describe('§3.12 h2load through the router,', skipFor(unlessInstalled('h2load')), () => {
  for (const ways of WAYS) {
    test(`${nameOf(ways)}: every request of 10 connections of 50 streams is answered`, async (t) => {
      const { engine, local } = await platform(t, ways);
      const load = (...more: string[]) =>
        runProgram(
          t,
          'h2load',
          '--clients=10',
          '--max-concurrent-streams=50',
          '-H',
          ':authority: app.test',
          ...more,
        );
      const short = await load('--requests=3000', local('/hello'), local('/bytes/20000'));
      assert.match(short.stdout, /requests: 3000 total, 3000 started, 3000 done, 3000 succeeded, 0 failed/);
      const uploads = await load('--requests=300', '--data', fileOf(t, bytesOf(100_000)), local('/digest'));
      assert.match(uploads.stdout, /300 succeeded, 0 failed, 0 errored/);
      await engine.isEmpty();
      assert.deepEqual(new Set(engine.accessLog.map((line) => / (\d{3}) /.exec(line)![1])), new Set(['200']));
    });
  }
});

describe('§3.12 nghttpd behind the router', skipFor(unlessInstalled('nghttpd')), () => {
  for (const ways of WAYS.slice(0, 2)) {
    test(`${nameOf(ways)}: downloads, uploads and trailers`, async (t) => {
      const platform = await Http2Platform.start(t, ways);
      const port = await nghttpd(t, ways.back === 'h2');
      platform.leadTo(port);
      const ask = (path: string, ...more: string[]) =>
        runProgram(
          t,
          ...(['curl', '--silent', '--show-error', '--cacert', platform.caFile] as const),
          ...['--resolve', `app.test:${platform.engine.port}:127.0.0.1`, '--max-time', '50'],
          ways.front === 'h2' ? '--http2' : '--http2-prior-knowledge',
          ...more,
          `${platform.origin}${path}`,
        );
      const bytes = bytesOf(LARGE);
      const { stdout } = await ask('/large');
      assert.ok(stdout === bytes.toString('latin1'), `${stdout.length} bytes`);
      const echo = await ask('/echo', '--data-binary', `@${fileOf(t, bytes)}`);
      assert.ok(echo.stdout === bytes.toString('latin1'), `${echo.stdout.length} bytes, ${echo.stderr}`);
      assert.match((await ask('/none', '--include')).stdout, /^HTTP\/2 404/);
      assert.equal(platform.engine.upstreams, 1);
      await platform.engine.isEmpty();
    });
  }
});

/** Serves `/large`, and `/echo` with what it is sent; answers its port. */
async function nghttpd(t: TestContext, secure: boolean): Promise<number> {
  const root = temporaryDirectory(t);
  mkdirSync(join(root, 'htdocs'));
  writeFileSync(join(root, 'htdocs', 'large'), bytesOf(LARGE));
  const port = await freePort();
  const { key, cert } = Http2Platform.identity;
  const [keyFile, certFile] = [fileOf(t, key, 'key.pem'), fileOf(t, cert, 'cert.pem')];
  const args = [
    '--address=127.0.0.1',
    `--htdocs=${join(root, 'htdocs')}`,
    '--echo-upload',
    '--trailer=x-end: 1',
  ];
  const child = spawn(
    findProgram('nghttpd')!,
    [...args, ...(secure ? [] : ['--no-tls']), String(port), ...(secure ? [keyFile, certFile] : [])],
    { stdio: 'ignore' },
  );
  t.onTestFinished(() => void child.kill('SIGKILL'));
  for (let listens = false; !listens; ) {
    assert.equal(child.exitCode, null);
    const socket = connect(port, '127.0.0.1');
    listens = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false);
    socket.destroy();
  }
  return port;
}
