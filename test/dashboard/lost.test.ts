import assert from 'node:assert/strict';
import { test } from 'vitest';
import { NO_CHROMIUM, TestBrowser } from '../support/browser.ts';
import { DashboardBed, HOST } from '../support/dashboard-bed.ts';
import { pass } from '../support/page-look.ts';
import { TestRouter } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';

const SKIP = skipFor(NO_CHROMIUM);

test(
  'a router that is away leaves what was there last, says so, and is followed when it is back',
  SKIP,
  async (t) => {
    const bed = await DashboardBed.start(t);
    const browser = await TestBrowser.start(t);
    const context = await browser.context();
    const page = await browser.page(context, /ERR_CONNECTION_REFUSED|status of 401/);
    await page.clock.install();
    await bed.signIn(page, '/routes');
    await page.getByRole('link', { name: HOST }).waitFor();
    await bed.router.router.stop();
    await pass(page, 'The router has not answered since');
    assert.equal(await page.getByRole('link', { name: HOST }).count(), 1);
    // Another process knows nobody by the sessions of the one before.
    await TestRouter.start(t, { cellgate: bed.settings });
    await pass(page, 'Your session has ended.');
    assert.deepEqual(browser.complaints, []);
  },
);

test('a page that nobody sees asks nothing', SKIP, async (t) => {
  const bed = await DashboardBed.start(t);
  const browser = await TestBrowser.start(t);
  const page = await browser.page(await browser.context());
  await page.clock.install();
  await bed.signIn(page);
  await pass(page, 'Started');
  const hide = (hidden: boolean) =>
    page.evaluate(`(() => {
      Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    })()`);
  await hide(true);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.clock.runFor(60_000);
  assert.equal(asked.length, 0);
  await hide(false);
  while (!asked.some((url) => url.endsWith('/v1/summary'))) await page.clock.runFor(1000);
  assert.deepEqual(browser.complaints, []);
});
