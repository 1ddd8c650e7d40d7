import assert from 'node:assert/strict';
import { test } from 'vitest';
import { NO_CHROMIUM, TestBrowser } from '../support/browser.ts';
import { DashboardBed, HOST, TOKENS } from '../support/dashboard-bed.ts';
import { skipFor } from '../support/skip-for.ts';

function withToken(token: string): RequestInit {
  return { headers: { Authorization: `Bearer ${token}`, Connection: 'close' } };
}

test(
  'without JavaScript there are tables, once somebody has signed in by a form',
  skipFor(NO_CHROMIUM),
  async (t) => {
    const bed = await DashboardBed.start(t);
    await bed.fill(1000);
    const browser = await TestBrowser.start(t);
    const page = await browser.page(await browser.context({ javaScriptEnabled: false }), /status of 401/);
    await page.goto(bed.admin);
    await page.getByRole('link', { name: 'overview, routes' }).click();
    await page.getByLabel('Token').fill('not-one-of-them');
    await page.getByRole('button', { name: 'Sign in' }).click();
    assert.match((await page.getByRole('alert').textContent())!, /^the code or token is not known here/);
    await page.getByLabel('Token').fill(TOKENS.reader);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.getByRole('table', { name: 'Endpoints by state' }).waitFor();
    await page.getByRole('link', { name: 'Routes', exact: true }).click();
    await page.getByRole('link', { name: 'Later' }).click();
    await page.getByRole('table', { name: 'Routes from 101 on' }).waitFor();
    await page.getByLabel('Words of the route').fill('shop');
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByRole('link', { name: HOST }).click();
    await page.getByRole('cell', { name: 'ready' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.deepEqual(browser.complaints, []);
  },
);

test('whatever was asked for, or announced, is text on the page', async (t) => {
  const bed = await DashboardBed.start(t);
  const evil = '"><script>alert(1)</script>&';
  await bed.router.route('app.example.com', bed.blue.port, { app: evil, private_instance_id: evil });
  for (const path of [
    `/plain/routes?q=${encodeURIComponent(evil)}`,
    '/plain/routes/app.example.com',
    `/plain/routes/${encodeURIComponent(evil)}`,
  ]) {
    const html = await (await fetch(`${bed.admin}${path}`, withToken(TOKENS.reader))).text();
    assert.doesNotMatch(html, /<script/, path);
    assert.match(html, /&quot;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&amp;/, path);
  }
});

test('strangers get a form and no figures, and who may not read is told so', async (t) => {
  const bed = await DashboardBed.start(t);
  for (const path of ['/plain', '/plain/routes', `/plain/routes/${HOST}`]) {
    const stranger = await fetch(`${bed.admin}${path}`);
    assert.equal(stranger.status, 401);
    assert.doesNotMatch(await stranger.text(), /<table/);
    const other = await fetch(`${bed.admin}${path}`, withToken(TOKENS.drainer));
    assert.equal(other.status, 403);
    assert.match(await other.text(), /this needs the right read, which drainer has not/);
  }
});

test('a form of another origin begins no session', async (t) => {
  const bed = await DashboardBed.start(t);
  const send = (origin: string) =>
    fetch(`${bed.admin}/plain/session`, {
      method: 'POST',
      redirect: 'manual',
      headers: { Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `token=${TOKENS.reader}`,
    });
  const foreign = await send('http://evil.example.com');
  assert.deepEqual([foreign.status, foreign.headers.get('Set-Cookie')], [403, null]);
  const own = await send(bed.admin);
  assert.deepEqual([own.status, own.headers.get('Location')], [303, '/plain']);
  assert.match(own.headers.get('Set-Cookie')!, /HttpOnly; SameSite=Strict/);
});
