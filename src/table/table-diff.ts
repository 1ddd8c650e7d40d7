import { type FieldDifference, fieldDifferences } from './fields.ts';
import { partsOf, readFields, type SortedTable } from './sorted-table.ts';

/** What differs of one route. */
export interface RouteDifference {
  readonly kind: 'http' | 'tcp';
  /** See `TableEntry`. */
  readonly route: string;
  /** Where the route is. */
  readonly in: 'old' | 'new' | 'both';
  /** Addresses that are in the old table alone. */
  readonly gone: readonly string[];
  /** And in the new one alone. */
  readonly added: readonly string[];
  readonly changed: readonly EndpointDifference[];
}

export interface EndpointDifference {
  readonly address: string;
  readonly fields: readonly FieldDifference[];
}

/** What differs between two tables, in the order of routes: HTTP first. Of one route alone it is kept what differs. */
export async function* tableDiff(old: SortedTable, next: SortedTable): AsyncGenerator<RouteDifference> {
  await Promise.all([old.open(), next.open()]);
  let route: OneRoute | null = null;
  for (;;) {
    const [before, after] = [old.head, next.head];
    const key = least(before?.key, after?.key);
    if (key === null) break;
    const [kind, name, address] = partsOf(key);
    if (route?.kind !== kind || route.route !== name) {
      if (route?.isDifferent) yield route.difference;
      route = new OneRoute(kind, name);
    }
    const [isOld, isNew] = [before?.key === key, after?.key === key];
    route.note(address, isOld ? before!.fields : null, isNew ? after!.fields : null);
    if (isOld) await old.next();
    if (isNew) await next.next();
  }
  if (route?.isDifferent) yield route.difference;
}

class OneRoute {
  readonly kind: 'http' | 'tcp';
  readonly route: string;
  readonly #gone: string[] = [];
  readonly #added: string[] = [];
  readonly #changed: EndpointDifference[] = [];
  #isOld = false;
  #isNew = false;

  constructor(kind: 'http' | 'tcp', route: string) {
    this.kind = kind;
    this.route = route;
  }

  get isDifferent(): boolean {
    return this.#gone.length + this.#added.length + this.#changed.length > 0;
  }

  get difference(): RouteDifference {
    const { kind, route } = this;
    const where = !this.#isNew ? 'old' : !this.#isOld ? 'new' : 'both';
    return { kind, route, in: where, gone: this.#gone, added: this.#added, changed: this.#changed };
  }

  /** @param old its fields in each table; null: it is not in it */
  note(address: string, old: string | null, next: string | null): void {
    if (old !== null) this.#isOld = true;
    if (next !== null) this.#isNew = true;
    if (next === null) this.#gone.push(address);
    else if (old === null) this.#added.push(address);
    else if (old !== next) {
      const fields = fieldDifferences(readFields(old), readFields(next));
      this.#changed.push({ address, fields });
    }
  }
}

function least(a: string | undefined, b: string | undefined): string | null {
  if (a === undefined || b === undefined) return a ?? b ?? null;
  return a < b ? a : b;
}
