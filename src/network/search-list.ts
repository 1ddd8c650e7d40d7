/** What resolv.conf(5) says of names that are not written out; its servers are c-ares' affair. */
export interface SearchList {
  readonly domains: readonly string[];
  /** A name with so many dots is taken as it is first. */
  readonly ndots: number;
}

const MAX_NDOTS = 15;

/** @param hostname of this machine, whose domain is searched where the file names none */
export function readSearchList(text: string, hostname: string): SearchList {
  const own = hostname.indexOf('.');
  let domains = own < 0 ? [] : [hostname.slice(own + 1)];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'search' || keyword === 'domain') domains = words;
    if (keyword !== 'options') continue;
    for (const word of words) {
      const [, number] = /^ndots:(\d+)$/.exec(word) ?? [];
      if (number !== undefined) ndots = Math.min(Number(number), MAX_NDOTS);
    }
  }
  return { domains: domains.map(withoutRoot).filter((domain) => domain !== ''), ndots };
}

/** The names to ask for in turn, as Go's resolver and the C library's do. */
export function candidates(name: string, { domains, ndots }: SearchList): readonly string[] {
  if (name.endsWith('.')) return [withoutRoot(name)];
  const longer = domains.map((domain) => `${name}.${domain}`);
  return name.split('.').length - 1 >= ndots ? [name, ...longer] : [...longer, name];
}

function withoutRoot(name: string): string {
  return name.replace(/\.$/, '');
}
