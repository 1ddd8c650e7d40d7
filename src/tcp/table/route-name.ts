import { serverName } from './server-name.ts';

/** A TCP route: its port, and the server name on it; empty: the port's default. */
export interface TcpRouteName {
  readonly port: number;
  readonly sni: string;
}

/** Whatever begins so is meant to be a TCP route. */
const BEGINNING = 'tcp:';
const HIGHEST_PORT = 65_535;

/** Whether a route is written as those of TCP are; `readRouteName` says whether it is one. */
export function looksLikeTcpRoute(text: string): boolean {
  return text.startsWith(BEGINNING);
}

/** `tcp:PORT` or `tcp:PORT/SERVER-NAME`, as commands and decisions write it; null: it is none. */
export function readRouteName(text: string): TcpRouteName | null {
  const [, digits = '', name] = /^tcp:([1-9]\d{0,4})(?:\/(.+))?$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > HIGHEST_PORT) return null;
  const sni = name === undefined ? '' : serverName(name);
  return sni === null ? null : { port, sni };
}

/** The one way in which a route is written: `readRouteName` makes the same of it again. */
export function routeNameText({ port, sni }: TcpRouteName): string {
  return sni === '' ? `${BEGINNING}${port}` : `${BEGINNING}${port}/${sni}`;
}
