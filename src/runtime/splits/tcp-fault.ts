import { type Selector, selectorText } from '../../routing/selector.ts';
import { keyText, type Split } from '../../routing/split.ts';

/** What a registration of a TCP backend says of it. */
const KNOWN: ReadonlySet<Selector['kind']> = new Set(['instance', 'addr', 'rest']);
const ALLOWED = 'instance:ID, addr:IP, addr:IP:PORT (IPv6 in brackets), rest';

/** What of a split no TCP route can follow, as one sentence; null: nothing. */
export function tcpFault({ arms, key }: Split): string | null {
  if (key.kind !== 'none') {
    return `key: found ${JSON.stringify(keyText(key))}, allowed for a TCP route: none, since its connections do not say whose they are`;
  }
  for (const [at, { selector }] of arms.entries()) {
    if (KNOWN.has(selector.kind)) continue;
    const found = JSON.stringify(selectorText(selector).slice(0, 60));
    return `arms[${at}]: selector: found ${found}, allowed for a TCP route: ${ALLOWED}, since it does not say of which application its backends are`;
  }
  return null;
}
