import type { Variables } from './variables.ts';

/** What a header may be named, and hold; an attribute may hold anything. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e]*$/;

/** `name=value,name=value`, values percent-encoded, as W3C Baggage has it. Pairs that are none are left out. */
export function readPairs(
  variables: Variables,
  name: string,
  what: 'headers' | 'attributes',
): Record<string, string> {
  const pairs: Record<string, string> = {};
  variables
    .text(name)
    .split(',')
    .forEach((pair, at) => {
      if (pair.trim() === '') return;
      const [key, value] = readPair(pair) ?? [];
      const fits = what === 'attributes' || (TOKEN.test(key ?? '') && FIELD_VALUE.test(value ?? ''));
      if (key === undefined || value === undefined || !fits) {
        variables.warnUnquoted(
          name,
          `entry ${at + 1}: allowed: name=value, percent-encoded; it is left out of the ${what}`,
        );
      } else {
        pairs[what === 'headers' ? key.toLowerCase() : key] = value;
      }
    });
  return pairs;
}

function readPair(pair: string): [name: string, value: string] | null {
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(equals, 0)).trim();
  if (name === '') return null;
  try {
    return [decodeURIComponent(name), decodeURIComponent(pair.slice(equals + 1).trim())];
  } catch {
    return null;
  }
}
