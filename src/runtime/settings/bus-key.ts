import type { Config } from '../../config/schema.ts';

/** Null: there is none. The configuration has found it to be 32 bytes, in hex or base64. */
export function busKey({ cellgate: { bus_key } }: Pick<Config, 'cellgate'>): Buffer | null {
  if (bus_key === '') return null;
  return Buffer.from(bus_key, /^[0-9a-f]{64}$/i.test(bus_key) ? 'hex' : 'base64');
}
