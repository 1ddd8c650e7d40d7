/** Numbers and times as people read them. */

const SMALL = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const LARGE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
/** What stands where there is nothing to say. */
export const NONE = '–';

export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return Math.abs(value) < 1000 ? SMALL.format(value) : LARGE.format(value);
}

export function whole(value) {
  return LARGE.format(value);
}

export function milliseconds(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return value < 1000 ? `${SMALL.format(value)} ms` : `${SMALL.format(value / 1000)} s`;
}

export function percent(share) {
  if (share === null || share === undefined || !Number.isFinite(share)) return NONE;
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return `${(share * 100).toFixed(share < 0.0995 && share > 0 ? 1 : 0)} %`;
}

/** Requests of which so many failed. */
export function share({ requests, failed }) {
  return requests > 0 ? failed / requests : null;
}

export function duration(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 129_600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** @param at ISO 8601 */
export function ago(at) {
  return at === null ? NONE : `${duration((Date.now() - Date.parse(at)) / 1000)} ago`;
}

/** @param at ISO 8601, or Unix milliseconds; the day as well where it is not today */
export function clock(at) {
  const date = new Date(at);
  const isToday = new Date().toDateString() === date.toDateString();
  return isToday ? CLOCK.format(date) : `${DAY.format(date)}, ${CLOCK.format(date)}`;
}

export function plural(count, one, many = `${one}s`) {
  return `${whole(count)} ${count === 1 ? one : many}`;
}
