import assert from 'node:assert/strict';
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type TestContext, test } from 'vitest';
import { DashboardBed, HOST, TOKENS } from '../support/dashboard-bed.ts';
import { RawClient } from '../support/raw-http.ts';

/** The address of a file that the page loads. */
async function addressOf(bed: DashboardBed, name: string): Promise<string> {
  const page = await (await fetch(`${bed.admin}/`)).text();
  return new RegExp(`"(/assets/[^"]+/${name})"`).exec(page)![1]!;
}

/** As it is sent: `fetch` would take the coding off. */
async function raw(t: TestContext, bed: DashboardBed, path: string, lines: readonly string[]) {
  const { port, host } = new URL(bed.admin);
  const client = await RawClient.connect(Number(port));
  t.onTestFinished(() => client.close());
  return client.send([`GET ${path} HTTP/1.1`, `Host: ${host}`, ...lines, '', ''].join('\r\n')).response();
}

const OPERATOR = { headers: { Authorization: `Bearer ${TOKENS.operator}` } };

test('a page holds no script and no style of its own, and may be shown in no frame', async (t) => {
  const bed = await DashboardBed.start(t);
  for (const path of ['/', '/routes', `/routes/${HOST}%2Fv1`, '/explain', '/cutovers', `/cutovers/${HOST}`]) {
    const page = await fetch(`${bed.admin}${path}`);
    assert.equal(page.status, 200, path);
    assert.equal(page.headers.get('Content-Type'), 'text/html; charset=utf-8');
    const policy = page.headers.get('Content-Security-Policy')!;
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|sha256/);
    assert.equal(page.headers.get('X-Content-Type-Options'), 'nosniff');
    assert.equal(page.headers.get('Referrer-Policy'), 'no-referrer');
    const html = await page.text();
    assert.doesNotMatch(html, /<style|<script(?![^>]* src=)| on\w+=| style=/);
    assert.match(html, /<noscript>.*href="\/plain"/s);
  }
});

test('what a page loads is compressed as the browser takes it, and is kept for good', async (t) => {
  const bed = await DashboardBed.start(t);
  const path = await addressOf(bed, 'app.js');
  const plain = await (
    await fetch(`${bed.admin}${path}`, { headers: { 'Accept-Encoding': 'identity' } })
  ).text();
  assert.match(plain, /from '.\/preact.js'/);
  for (const [accepted, coding] of [
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0, br;q=0', 'gzip'],
    ['GZIP', undefined],
    ['', undefined],
  ] as const) {
    const { headers, bytes } = await fetchRaw(bed, path, accepted);
    assert.equal(headers.get('content-encoding') ?? undefined, coding, accepted);
    const text =
      coding === 'br' ? brotliDecompressSync(bytes) : coding === 'gzip' ? gunzipSync(bytes) : bytes;
    assert.equal(text.toString(), plain);
    assert.match(headers.get('cache-control')!, /immutable/);
    assert.equal(headers.get('vary'), 'Accept-Encoding');
  }
  const other = await fetch(`${bed.admin}${path.replace(/assets\/[^/]+/, 'assets/of-another-version')}`);
  assert.deepEqual([other.status, ((await other.json()) as { error: string }).error], [404, 'no-asset']);
});

test('who has it already is told so and gets it no second time', async (t) => {
  const bed = await DashboardBed.start(t);
  for (const path of ['/', await addressOf(bed, 'style.css'), '/v1/summary']) {
    const first = await fetch(`${bed.admin}${path}`, OPERATOR);
    const etag = first.headers.get('ETag')!;
    await first.text();
    const again = await raw(t, bed, path, [
      `Authorization: Bearer ${TOKENS.operator}`,
      `If-None-Match: "other", ${etag}`,
    ]);
    assert.match(again.start, /^HTTP\/1\.1 304/, path);
    assert.equal(again.body, '');
  }
});

test('what is seen of a router needs the right to read', async (t) => {
  const bed = await DashboardBed.start(t);
  for (const path of ['/v1/summary', '/v1/history']) {
    assert.equal((await fetch(`${bed.admin}${path}`)).status, 401, path);
    assert.equal((await fetch(`${bed.admin}${path}`, OPERATOR)).status, 200, path);
  }
  const wrong = (await bed.json('GET', '/v1/history?series=requests,colour')) as {
    error: string;
    detail: string;
  };
  assert.equal(wrong.error, 'bad-history');
  assert.match(wrong.detail, /^series: found "colour"; allowed: requests, answered, /);
  const early = (await bed.json('GET', '/v1/history?after=x')) as { detail: string };
  assert.match(early.detail, /^after: /);
});

function fetchRaw(bed: DashboardBed, path: string, accepted: string) {
  return new Promise<{ headers: Headers; bytes: Buffer }>((resolve, reject) => {
    const asked = request(`${bed.admin}${path}`, { headers: { 'Accept-Encoding': accepted } }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({
          headers: new Headers(response.headers as Record<string, string>),
          bytes: Buffer.concat(pieces),
        }),
      );
    });
    asked.on('error', reject).end();
  });
}
