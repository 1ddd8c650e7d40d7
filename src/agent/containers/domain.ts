/** What containers may announce: hosts, or ports of TCP routes. */
export type DomainPattern =
  | { readonly kind: 'host'; readonly host: string }
  /** All that is below it, however deep. */
  | { readonly kind: 'below'; readonly parent: string }
  | { readonly kind: 'tcp'; readonly from: number; readonly to: number };

const LABEL = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
const HOST = new RegExp(`^(\\*\\.)?(${LABEL}(?:\\.${LABEL})*)$`);

/** `shop.example.com`, `*.example.com`, `tcp:5000` or `tcp:5000-5999`; null: it is none. */
export function parseDomain(text: string): DomainPattern | null {
  const [, first, last = first] = /^tcp:(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (first !== undefined) {
    const [from, to] = [Number(first), Number(last)];
    return from >= 1 && from <= to && to <= 65_535 ? { kind: 'tcp', from, to } : null;
  }
  const [, star, host] = HOST.exec(text.toLowerCase()) ?? [];
  if (host === undefined) return null;
  return star === undefined ? { kind: 'host', host } : { kind: 'below', parent: `.${host}` };
}

/** @param host of a route, a wildcard or not. Without patterns everything is allowed. */
export function allowsHost(patterns: readonly DomainPattern[], host: string): boolean {
  if (patterns.length === 0) return true;
  const name = host.toLowerCase().replace(/\.$/, '');
  return patterns.some((pattern) => {
    if (pattern.kind === 'host') return name === pattern.host;
    // A wildcard's own name ends with what is above all that it matches.
    return pattern.kind === 'below' && name.endsWith(pattern.parent);
  });
}

/** @param port of the routers */
export function allowsPort(patterns: readonly DomainPattern[], port: number): boolean {
  if (patterns.length === 0) return true;
  return patterns.some((pattern) => pattern.kind === 'tcp' && port >= pattern.from && port <= pattern.to);
}
