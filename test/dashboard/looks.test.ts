import assert from 'node:assert/strict';
import { beforeAll, describe, test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { NO_CHROMIUM, TestBrowser } from '../support/browser.ts';
import { DashboardBed, HOST, SCREENS } from '../support/dashboard-bed.ts';
import { faintTexts, overhang, unnamed } from '../support/page-look.ts';
import { skipFor } from '../support/skip-for.ts';
import { suiteEndings } from '../support/suite-endings.ts';

describe('screens can be read and heard', skipFor(NO_CHROMIUM), () => {
  const endings = suiteEndings();
  let bed: DashboardBed;
  let browser: TestBrowser;

  beforeAll(async () => {
    bed = await DashboardBed.start(endings);
    const failing = await Backend.start(endings, () => 'HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno');
    await bed.router.route('failing.example.com', failing.port, { app: 'bad' });
    await bed.beginCutover();
    bed.load(HOST, 1);
    bed.load('failing.example.com', 1);
    browser = await TestBrowser.start(endings);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [360, 1920]) {
      test(`${colorScheme}, ${width} px: nothing is faint, cut off or without a name`, async () => {
        const context = await browser.context({ viewport: { width, height: 900 }, colorScheme });
        const page = await browser.page(context);
        await page.goto(bed.admin);
        await page.getByLabel('Token').waitFor();
        assert.deepEqual([await faintTexts(page), await overhang(page)], [[], 0], 'to sign in');
        await bed.signIn(page);
        for (const [path, whole] of SCREENS) {
          await page.goto(`${bed.admin}${path}`);
          await page.locator(whole).first().waitFor();
          assert.deepEqual(await faintTexts(page), [], path);
          assert.equal(await overhang(page), 0, path);
          assert.deepEqual(await unnamed(page), [], path);
        }
        await context.close();
      });
    }
  }

  test('no page had an error, and none broke the policy', () => {
    assert.deepEqual(browser.complaints, []);
  });
});
