import { askedUrl } from '../../http/message/asked-url.ts';
import type { Registry } from '../../registry/registry.ts';

/** Where a request for a URL goes, and why, or the answer to one that is refused; `null` when it names no host. */
export function lookUpUrl(url: string, registry: Pick<Registry, 'lookUp'>): object | null {
  const asked = askedUrl(url);
  if (asked === null) return null;
  if (asked.fault === null) {
    const { lookupName: host, path } = asked.request;
    return registry.lookUp({ host, path });
  }
  const { status, name, detail } = asked.fault;
  return { route: null, answer: `${status} ${name}`, detail, considered: [], endpoints: [] };
}
