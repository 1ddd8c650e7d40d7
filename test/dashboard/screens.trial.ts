import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { beforeAll, describe, test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { NO_CHROMIUM, TestBrowser } from '../support/browser.ts';
import { DashboardBed, HOST, TOKENS } from '../support/dashboard-bed.ts';
import { ask, get } from '../support/raw-http.ts';
import { skipFor } from '../support/skip-for.ts';
import { suiteEndings } from '../support/suite-endings.ts';

const ROUTES = 100_000;
const FAILING = 'failing.example.com';

type Endings = ReturnType<typeof suiteEndings>;

async function prepare(endings: Endings): Promise<DashboardBed> {
  const bed = await DashboardBed.start(endings);
  const failing = await Backend.start(endings, () => 'HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno');
  await bed.router.route(FAILING, failing.port, { app: 'bad' });
  await bed.beginCutover();
  bed.load(HOST, 1);
  bed.load(FAILING, 1);
  await ask(bed.router.port, get('nobody.example.com'));
  await bed.fill(ROUTES);
  return bed;
}

/** The text of a cell in the row of a route. */
async function cell(page: Page, row: string, nth: number): Promise<string> {
  const text = await page.locator('tr', { hasText: row }).locator('td').nth(nth).textContent();
  return text!.trim();
}

describe('a browser shows a router with 100 000 routes, traffic and a cutover', skipFor(NO_CHROMIUM), () => {
  const endings = suiteEndings();
  let bed: DashboardBed;
  let browser: TestBrowser;
  let page: Page;

  beforeAll(async () => {
    bed = await prepare(endings);
    browser = await TestBrowser.start(endings);
    const context = await browser.context({ viewport: { width: 1280, height: 900 } });
    page = await browser.page(context, /status of 401/);
  });

  test('a wrong token is refused in words, and a right one lets in where it was asked for', async () => {
    await page.goto(`${bed.admin}/routes?q=app-09`);
    await page.getByLabel('Token').fill('not-one-of-them');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The code or token is not known here.').waitFor();
    await page.getByLabel('Token').fill(TOKENS.operator);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Routes' }).waitFor();
    assert.equal(new URL(page.url()).search, '?q=app-09');
  });

  test('the overview says what is wrong before anything else', async () => {
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { name: 'Something is wrong' }).waitFor();
    await page.getByRole('link', { name: `${FAILING}: 100 % of requests failed` }).waitFor();
    await page.getByRole('link', { name: `The cutover of ${HOST} is under way` }).waitFor();
    const tile = page.locator('.tile', { hasText: 'Requests' }).first();
    assert.match((await tile.textContent())!, /[1-9][\d,.]*\/s/);
    await page.getByRole('img', { name: /^Requests, latest: all [\d,.]+\/s/ }).waitFor();
    await page.getByRole('img', { name: /^Response time, latest: median [\d.]+ ms/ }).waitFor();
    assert.equal(await page.locator('.chart canvas').count(), 6);
    assert.match((await page.locator('dd', { hasText: 'backends' }).textContent())!, /^100,002 routes/);
  });

  test('what the router answered itself leads to what happened to the last of those requests', async () => {
    const row = page.locator('tr', { hasText: 'unknown_route' }).filter({ hasText: 'nobody.example.com' });
    await row.getByRole('link', { name: 'nobody.example.com' }).waitFor();
    await row.getByRole('link', { name: /^What happened at / }).click();
    await page.getByText('No router that was asked has anything of that request').waitFor();
  });

  test('routes are filtered and paged by the router, with both in the address', async () => {
    await page.getByRole('link', { name: 'Routes', exact: true }).click();
    await page.getByText('1 to 100', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Later' }).click();
    await page.getByText('101 to 200', { exact: true }).waitFor();
    assert.equal(new URL(page.url()).search, '?after=100');
    await page.goBack();
    await page.getByText('1 to 100', { exact: true }).waitFor();
    await page.getByRole('searchbox').fill('99999 app-09');
    await page.getByRole('link', { name: 'app-099999.apps.example.com' }).waitFor();
    assert.equal(new URL(page.url()).search, '?q=99999+app-09');
    await page.goto(`${bed.admin}/routes?after=100000`);
    await page.getByText('100,001 to 100,002', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Failing', exact: true }).click();
    await page.getByRole('link', { name: FAILING }).waitFor();
    assert.equal(await cell(page, FAILING, 2), '100 %');
    await page.goto(`${bed.admin}/routes?q=nobody-has-this`);
    await page.getByText('No route has all of these words: nobody-has-this.').waitFor();
  });

  test('a route shows its endpoints, how it is shared out, and its past', async () => {
    await page.goto(`${bed.admin}/routes?sort=busiest`);
    await page.getByRole('link', { name: HOST }).click();
    await page.getByRole('heading', { name: HOST }).waitFor();
    await page.getByRole('table', { name: 'Endpoints of this route' }).waitFor();
    assert.equal(await cell(page, `127.0.0.1:${bed.blue.port}`, 0), 'ready');
    assert.equal(await cell(page, 'app:green', 0), '20 %');
    await page.getByRole('img', { name: /^Requests, latest: all [\d,.]+\/s/ }).waitFor();
    await page.goto(`${bed.admin}/routes/gone.example.com`);
    await page.getByText('This router has no such route').waitFor();
  });

  test('an explanation has an address of its own', async () => {
    await page.goto(`${bed.admin}/explain?url=https%3A%2F%2F${HOST}%2Fcart`);
    await page.getByRole('heading', { name: `${HOST} gets it: one of 2 endpoints` }).waitFor();
    await page.getByLabel('URL, as the client writes it').fill('https://shop.exmple.com/');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('heading', { name: 'The router answers 404' }).waitFor();
    await page.getByRole('link', { name: HOST }).waitFor();
    assert.match(new URL(page.url()).search, /url=https%3A%2F%2Fshop\.exmple\.com%2F/);
    await page.getByLabel('Its X-Vcap-Request-Id').fill('nobody-had-this-id');
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByText('No router that was asked has anything of that request').waitFor();
  });

  test('a cutover is held and resumed by somebody who may, once that is confirmed', async () => {
    await page.getByRole('link', { name: 'Cutovers' }).click();
    await page.getByRole('link', { name: HOST }).click();
    await page.getByRole('img', { name: /^95th percentile, window by window/ }).waitFor();
    await page.getByRole('button', { name: 'Pause …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave it' }).click();
    await page.getByRole('button', { name: 'Pause …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Pause …' }).waitFor();
  });

  test('who may only look on is told so', async () => {
    const other = await browser.page(await browser.context());
    await other.goto(`${bed.admin}/cutovers/${HOST}`);
    await other.getByLabel('Token').fill(TOKENS.reader);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await other.getByText('You may look on.').waitFor();
    assert.equal(await other.getByRole('button', { name: 'Pause …' }).count(), 0);
  });

  test('no page had an error, and none broke the policy', () => {
    assert.deepEqual(browser.complaints, []);
  });
});
