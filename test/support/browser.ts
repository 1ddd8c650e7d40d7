import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { findProgram } from '../../bench/find-program.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const QUIET = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Null: there is none on this machine. */
function findChromium(): string | null {
  return NAMES.map(findProgram).find((path) => path !== undefined) ?? null;
}

/** Says why a test does not run; `false`: it does. */
export const NO_CHROMIUM: string | false =
  findChromium() === null ? 'chromium is not installed: nobody looks at the pages here' : false;

/** A browser, and what its pages complain of. */
export class TestBrowser {
  /** Errors of scripts and consoles, violated policies, requests that failed. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  static async start(t: Ending): Promise<TestBrowser> {
    const browser = await chromium.launch({ executablePath: findChromium()!, args: QUIET });
    t.onTestFinished(() => browser.close());
    return new TestBrowser(browser);
  }

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** One without anything that others have: no cookies. */
  context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    return this.#browser.newContext(options);
  }

  /** @param expected of what the console says, what is no complaint */
  async page(context: BrowserContext, expected: RegExp = /^$/): Promise<Page> {
    const page = await context.newPage();
    const complain = (text: string): void => {
      if (!expected.test(text)) this.complaints.push(text);
    };
    page.on('pageerror', (error) => complain(`threw ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complain(message.text());
    });
    await page.addInitScript(() => {
      // biome-ignore lint/suspicious/noExplicitAny: this runs in the page, whose types are none of ours
      (globalThis as any).document.addEventListener('securitypolicyviolation', (event: any) =>
        console.error(`policy ${event.violatedDirective}: ${event.blockedURI}`),
      );
    });
    return page;
  }
}
