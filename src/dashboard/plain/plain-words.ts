import { html, type Markup } from './markup.ts';

/** What stands where there is nothing to say. */
const NONE = '–';

export function number(value: unknown): Markup {
  if (typeof value !== 'number') return html`${NONE}`;
  return html`${value.toLocaleString('en', value < 1000 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 })}`;
}

export function milliseconds(value: unknown): Markup {
  return typeof value === 'number' ? html`${number(value)} ms` : html`${NONE}`;
}

/** Of requests, those that failed. */
export function failedShare(minute: { readonly requests: number; readonly failed: number } | null): Markup {
  if (minute === null || minute.requests === 0) return html`${NONE}`;
  return html`${((100 * minute.failed) / minute.requests).toFixed(1)} %`;
}

export function routeLink(route: string): Markup {
  return html`<a class="key" href="/plain/routes/${encodeURIComponent(route)}">${route}</a>`;
}
