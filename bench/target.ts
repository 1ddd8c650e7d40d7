/** Where a load generator sends its requests. */
export interface Target {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly host: string;
}

/** The one host that every proxy serves. */
export const HOST = 'bench.localhost';

/** The answer of the origin: 110 bytes. */
export const BODY = 'The quick brown cell gates the lazy route; '.repeat(3).slice(0, 110);
