import type { Page } from 'playwright-core';

/** What may be hard to read on a page: texts with a contrast below 4.5, as `colour on colour: text`. */
export function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
    const linear = (value) => value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const groundOf = (element) => {
      for (let at = element; at !== null; at = at.parentElement) {
        const colour = rgb(getComputedStyle(at).backgroundColor);
        if (colour[3] === undefined || colour[3] === 1) return colour;
      }
      return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const faint = new Set();
    while (walker.nextNode()) {
      const { parentElement: element, textContent: text } = walker.currentNode;
      if (text.trim() === '' || element.closest('script, noscript, option') !== null) continue;
      if (!element.checkVisibility()) continue;
      const [ink, ground] = [rgb(getComputedStyle(element).color), groundOf(element)];
      const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
      const contrast = (light + 0.05) / (dark + 0.05);
      if (contrast < 4.5) faint.add(contrast.toFixed(2) + ' ' + ink + ' on ' + ground + ': ' + text.trim().slice(0, 40));
    }
    return [...faint];
  })()`);
}

/** By how many pixels the page is wider than the window. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** What has the focus: its role or tag, and its name; whether that can be seen. */
export function focused(page: Page): Promise<{ readonly what: string; readonly isSeen: boolean }> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const isSeen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    return { what: element.tagName.toLowerCase() + ' ' + name.trim().slice(0, 40), isSeen };
  })()`);
}

/** Headings, tables and controls that nobody could make out by hearing. */
export function unnamed(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const faults = [];
    const say = (what, element) => faults.push(what + ': ' + element.outerHTML.slice(0, 80));
    if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
    if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
    for (const table of document.querySelectorAll('table')) {
      if (table.caption === null) say('a table without a caption', table);
      for (const head of table.querySelectorAll('th')) if (!head.scope) say('a header of nothing', head);
    }
    for (const control of document.querySelectorAll('input, select, textarea')) {
      if ((control.labels?.length ?? 0) === 0) say('a field without a label', control);
    }
    for (const button of document.querySelectorAll('button, a')) {
      if (button.textContent.trim() === '' && button.closest('dialog:not([open])') === null) say('a control without a name', button);
    }
    for (const image of document.querySelectorAll('[role=img]')) if (!image.ariaLabel) say('a picture without a text', image);
    return faults;
  })()`);
}

/** Lets the page's own time pass until it shows something. */
export async function pass(page: Page, shown: string): Promise<void> {
  while ((await page.getByText(shown).count()) === 0) await page.clock.runFor(1000);
}
