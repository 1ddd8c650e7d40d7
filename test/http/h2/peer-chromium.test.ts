import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { findProgram } from '../../../bench/find-program.ts';
import { Backend, ok } from '../../support/backend.ts';
import { temporaryDirectory } from '../../support/cellgate-process.ts';
import { Http2Platform } from '../../support/http2-platform.ts';
import { bytesOf, digestOf } from '../../support/object-server.ts';
import { unlessInstalled } from '../../support/peer-program.ts';
import { skipFor } from '../../support/skip-for.ts';
import { startWebSocketServer } from '../../support/websocket-server.ts';

const PARTS = 50;
const LARGE = 10 * 1024 * 1024;

/** What the page has found; `failure`: what went wrong instead. */
interface Report {
  readonly parts: number;
  readonly download: number;
  readonly upload: string;
  readonly stream: string;
  readonly words: readonly string[];
  readonly protocols: readonly string[];
  readonly failure?: string;
}

const PAGE = `<!doctype html>
<script>var parts = 0;</script>
${Array.from({ length: PARTS }, (_, i) => `<script async src="/page/part-${i}.js" onload="parts++"></script>`).join('\n')}
<script>
onload = async () => {
  const report = {};
  try {
    report.parts = parts;
    const bytes = await (await fetch('/stream/${LARGE}')).arrayBuffer();
    report.download = bytes.byteLength;
    report.upload = await (await fetch('/digest', { method: 'POST', body: bytes })).text();
    const stream = new Blob([bytes]).stream();
    report.stream = await (await fetch('/digest', { method: 'POST', body: stream, duplex: 'half' })).text();
    report.words = [];
    const socket = new WebSocket('wss://' + location.host + '/chat');
    await new Promise((done, failed) => {
      socket.onerror = () => failed(new Error('the WebSocket failed'));
      socket.onmessage = ({ data }) => {
        report.words.push(data);
        if (report.words.length === 1) socket.send('from the page');
        else socket.close();
      };
      socket.onclose = done;
    });
    const timings = performance.getEntriesByType('resource');
    report.protocols = [...new Set(timings.map(({ nextHopProtocol }) => nextHopProtocol))];
  } catch (error) {
    report.failure = String(error);
  }
  await fetch('/page/report', { method: 'POST', body: JSON.stringify(report) });
};
</script>`;

/** Has Chromium open this address until the test ends. */
function browse(t: TestContext, url: string): void {
  let child: ChildProcess | null = null;
  // Before its profile is removed, into which it would go on writing.
  t.onTestFinished(async () => {
    if (child === null || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    // It is a group of processes.
    process.kill(-child.pid!, 'SIGKILL');
    await gone;
  });
  child = spawn(
    findProgram('chromium')!,
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
      ...['--disable-background-networking', '--ignore-certificate-errors', '--no-proxy-server'],
      ...['--host-resolver-rules=MAP app.test 127.0.0.1', '--remote-debugging-port=0'],
      `--user-data-dir=${join(temporaryDirectory(t), 'profile')}`,
      url,
    ],
    { stdio: 'ignore', detached: true },
  );
}

test(
  '§3.12 Chromium loads a page, uploads and opens a WebSocket over one connection',
  skipFor(unlessInstalled('chromium')),
  async (t) => {
    const platform = await Http2Platform.start(t, { front: 'h2', back: 'HTTP/1.1' });
    const { engine } = platform;
    await platform.serveObjects(t);
    const { promise, resolve } = Promise.withResolvers<string>();
    const page = await Backend.start(t, ({ start, body }) => {
      const [, path] = start.split(' ');
      if (path === '/page/report') resolve(body);
      return path === '/page/'
        ? ok(PAGE, 'Content-Type: text/html\r\n')
        : ok('0;', 'Content-Type: text/javascript\r\n');
    });
    engine.route('app.test/page', page.port);
    engine.route('app.test/chat', await startWebSocketServer(t));
    browse(t, `${platform.origin}/page/`);
    const report = JSON.parse(await promise) as Report;
    const digest = digestOf(bytesOf(LARGE));
    assert.deepEqual(report, {
      ...{ parts: PARTS, download: LARGE, upload: digest, stream: digest },
      ...{ words: ['hello', 'from the page'], protocols: ['h2'] },
    });
    await engine.until(() => engine.accessLog.some((line) => line.includes('"GET /chat HTTP/2.0" 101 ')));
    assert.ok(engine.accessLog.every((line) => line.includes(' HTTP/2.0" ')));
    // A browser opens connections that it then has no use for.
    const usual = ['status', 'tls-handshake-failed'];
    assert.deepEqual(
      engine.log.filter(([message]) => !usual.includes(message)),
      [],
    );
  },
);
