import assert from 'node:assert/strict';
import { beforeAll, describe, test } from 'vitest';
import { NO_CHROMIUM, TestBrowser } from '../support/browser.ts';
import { DashboardBed, HOST, SCREENS } from '../support/dashboard-bed.ts';
import { focused } from '../support/page-look.ts';
import { skipFor } from '../support/skip-for.ts';
import { suiteEndings } from '../support/suite-endings.ts';

/** Of all that one screen loads, compressed. Bytes. */
const MOST_BYTES = 60_000;

describe('screens are light, and worked by keyboard', skipFor(NO_CHROMIUM), () => {
  const endings = suiteEndings();
  let bed: DashboardBed;
  let browser: TestBrowser;

  beforeAll(async () => {
    bed = await DashboardBed.start(endings);
    await bed.beginCutover();
    bed.load(HOST, 1);
    browser = await TestBrowser.start(endings);
  });

  test('no screen loads more than 60 KB', async () => {
    for (const [path, whole] of SCREENS) {
      const context = await browser.context();
      const page = await browser.page(context);
      const sizes: Promise<number>[] = [];
      page.on('requestfinished', (request) => {
        if (request.url().includes('/v1/')) return;
        sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
      });
      await bed.signIn(page, path);
      await page.locator(whole).first().waitFor();
      const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
      assert.ok(bytes > 20_000 && bytes < MOST_BYTES, `${path}: ${bytes} bytes`);
      await context.close();
    }
  });

  test('the keyboard leads to everything, and it can be seen where it is', async () => {
    const context = await browser.context({ viewport: { width: 1280, height: 900 } });
    const page = await browser.page(context);
    await bed.signIn(page);
    await page.goto(`${bed.admin}/routes`);
    await page.getByRole('link', { name: HOST }).waitFor();
    const walk: string[] = [];
    for (let step = 0; step < 13; step++) {
      await page.keyboard.press('Tab');
      const { what, isSeen } = await focused(page);
      assert.ok(isSeen, `the focus is not seen on ${what}`);
      walk.push(what);
    }
    assert.deepEqual(walk, [
      'a Skip to the content',
      'a Cellgate',
      'a Overview',
      'a Routes',
      'a Explain',
      'a Cutovers',
      'button Sign out',
      'input Routes with all of these words',
      'a All',
      'a Busiest',
      'a Failing',
      'div Routes',
      `a ${HOST}`,
    ]);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: HOST }).waitFor();
    assert.equal((await focused(page)).what, `h1 ${HOST}`);
    assert.equal(await page.title(), `${HOST} – Cellgate`);
    await page.keyboard.press('Shift+Tab');
    await page.goto(`${bed.admin}/cutovers/${HOST}`);
    await page.getByRole('button', { name: 'Pause …' }).focus();
    await page.keyboard.press('Enter');
    assert.match((await focused(page)).what, /^button Pause$/);
    await page.keyboard.press('Escape');
    assert.match((await focused(page)).what, /^button Pause …$/);
    await context.close();
  });

  test('nothing moves for whoever wants it still', async () => {
    const page = await browser.page(await browser.context({ reducedMotion: 'reduce' }));
    await bed.signIn(page);
    await page.locator('.chart canvas').first().waitFor();
    assert.equal(await page.evaluate('document.getAnimations().length'), 0);
  });

  test('no page had an error, and none broke the policy', () => {
    assert.deepEqual(browser.complaints, []);
  });
});
