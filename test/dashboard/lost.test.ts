import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { NO_CHROMIUM, TestBrowser } from '../support/browser.ts';
import { DashboardBed, HOST } from '../support/dashboard-bed.ts';
import { TestRouter } from '../support/router.ts';

const SKIP = { skip: NO_CHROMIUM };

/** Lets the page's own time pass until it shows something. */
async function pass(page: Page, shown: string): Promise<void> {
  while ((await page.getByText(shown).count()) === 0) await page.clock.runFor(1000);
}

test('a session that has ended leads to signing in again, and back to the same screen', SKIP, async (t) => {
  const bed = await DashboardBed.start(t);
  const browser = await TestBrowser.start(t);
  const context = await browser.context();
  const page = await browser.page(context, /status of 401/);
  await page.clock.install();
  await bed.signIn(page, '/routes?q=shop');
  await page.getByRole('link', { name: HOST }).waitFor();
  await context.clearCookies();
  await pass(page, 'Your session has ended.');
  await bed.signIn(page, '/routes?q=shop');
  await page.getByRole('link', { name: HOST }).waitFor();
  assert.deepEqual(browser.complaints, []);
});

test('a link of the router lets in once, and its code is nowhere to be seen then', SKIP, async (t) => {
  const bed = await DashboardBed.start(t);
  const browser = await TestBrowser.start(t);
  const link = bed.router.router.adminLink()!;
  const context = await browser.context();
  const page = await browser.page(context);
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  assert.equal(page.url(), `${bed.admin}/`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  const again = await browser.page(await browser.context(), /status of 401/);
  await again.goto(link);
  await again.getByText('The code or token is not known here.').waitFor();
  assert.deepEqual(browser.complaints, []);
});

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
