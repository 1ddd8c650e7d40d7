/** Which hosts of route services this router may ask itself for (docs/compatibility.md §4.7). */
export interface Allowlist {
  readonly exact: ReadonlySet<string>;
  /** What follows the `*` of an entry, with its dot. */
  readonly parents: ReadonlySet<string>;
}

const ENTRY = /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

/** A text names the entry that is neither a domain name nor `*.` and one. */
export function readAllowlist(entries: readonly string[]): Allowlist | string {
  const exact = new Set<string>();
  const parents = new Set<string>();
  for (const entry of entries) {
    const name = entry.toLowerCase();
    if (!ENTRY.test(name)) return `allowlist-entry-invalid: ${JSON.stringify(entry)}`;
    if (name.startsWith('*.')) parents.add(name.slice(1));
    else exact.add(name);
  }
  return { exact, parents };
}

/** An empty list allows all. A wildcard stands for exactly one label. */
export function allows({ exact, parents }: Allowlist, host: string): boolean {
  if (exact.size === 0 && parents.size === 0) return true;
  const name = host.toLowerCase();
  if (exact.has(name)) return true;
  const dot = name.indexOf('.');
  return dot > 0 && parents.has(name.slice(dot));
}
