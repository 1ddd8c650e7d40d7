import assert from 'node:assert/strict';
import { test } from 'vitest';
import { NO_CHROMIUM, TestBrowser } from '../support/browser.ts';
import { DashboardBed, HOST, TOKENS } from '../support/dashboard-bed.ts';
import { pass } from '../support/page-look.ts';
import { skipFor } from '../support/skip-for.ts';

const SKIP = skipFor(NO_CHROMIUM);

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

test('who may not look is told so, and what it takes', SKIP, async (t) => {
  const bed = await DashboardBed.start(t);
  const browser = await TestBrowser.start(t);
  const page = await browser.page(await browser.context(), /status of 403/);
  await bed.signIn(page, '/', TOKENS.drainer);
  await page.getByText('You may not see this router').waitFor();
  await page.getByText('This needs the right read, which drainer has not.').waitFor();
  await page.getByRole('link', { name: 'Routes', exact: true }).click();
  await page.getByText('You may not see routes').waitFor();
  assert.deepEqual(browser.complaints, []);
});
