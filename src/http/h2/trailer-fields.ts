import type { Head } from '../message/head.ts';
import { trailerPasses } from '../policy/trailers.ts';
import { byName } from './field-list.ts';

/** Trailers that go on to the other side, by name; several of one name as a list. */
export function trailerFields(trailers: Head): Record<string, string[]> {
  const fields: string[] = [];
  for (let line = 0; line < trailers.count; line++) {
    if (trailerPasses(trailers, line)) fields.push(trailers.name(line).toLowerCase(), trailers.value(line));
  }
  return byName(fields);
}

/** Trailers as the head parser reads them. `fields`: names and values in turn. */
export function trailerText(fields: readonly string[]): string {
  let text = '';
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return `${text}\r\n`;
}
