import { parseDuration } from '../../config/schema/duration.ts';

/** What stands in labels; each answers undefined for what is none. */

export function port(text: string): number | undefined {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= 65_535 ? number : undefined;
}

export function flag(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Both ends included. */
export function integer(least: number, most: number): (text: string) => number | undefined {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return number >= least && number <= most ? number : undefined;
  };
}

/** Milliseconds of `1m30s`, both ends included. */
export function duration(least: number, most: number): (text: string) => number | undefined {
  return (text) => {
    const parsed = parseDuration(text);
    return typeof parsed === 'number' && parsed >= least && parsed <= most ? parsed : undefined;
  };
}

export function among<Name extends string>(names: readonly Name[]): (text: string) => Name | undefined {
  return (text) => names.find((name) => name === text);
}

export function fieldName(text: string): string | undefined {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(text) ? text : undefined;
}

export function path(text: string): string | undefined {
  return /^\/[\x21-\x7e]*$/.test(text) ? text : undefined;
}

export function secureUrl(text: string): string | undefined {
  return /^https:\/\//.test(text) && URL.canParse(text) ? text : undefined;
}
