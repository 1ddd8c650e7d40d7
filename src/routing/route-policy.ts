/** Who may call a route, as it was registered (docs/compatibility.md §1.3, RFC-0055). */
export interface RoutePolicy {
  /** `any`, `org` or `space`; whatever else was registered lets nobody in. */
  readonly scope: string;
  /** Like `cf:app:<guid>`, in the order in which they are asked; none: nobody may. */
  readonly sources: readonly string[];
}

export function sameRoutePolicy(a: RoutePolicy | null, b: RoutePolicy | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.scope === b.scope &&
    a.sources.length === b.sources.length &&
    a.sources.every((source, i) => source === b.sources[i])
  );
}
