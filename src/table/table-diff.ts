import { type FieldDifference, fieldDifferences, fieldsOf } from './fields.ts';
import { partsOf, routeOf, type SortedTable } from './sorted-table.ts';

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
    const routeKey = routeOf(key);
    if (route?.key !== routeKey) {
      if (route?.isDifferent) yield route.difference;
      route = new OneRoute(routeKey);
    }
    const [isOld, isNew] = [before?.key === key, after?.key === key];
    route.note(key, isOld ? before!.said : null, isNew ? after!.said : null);
    if (isOld) await old.next();
    if (isNew) await next.next();
  }
  if (route?.isDifferent) yield route.difference;
}

class OneRoute {
  /** See `routeOf`. */
  readonly key: string;
  readonly #gone: string[] = [];
  readonly #added: string[] = [];
  readonly #changed: EndpointDifference[] = [];
  #name: readonly ['http' | 'tcp', string] = ['http', ''];
  #isOld = false;
  #isNew = false;

  constructor(key: string) {
    this.key = key;
  }

  get isDifferent(): boolean {
    return this.#gone.length + this.#added.length + this.#changed.length > 0;
  }

  get difference(): RouteDifference {
    const [kind, route] = this.#name;
    const where = !this.#isNew ? 'old' : !this.#isOld ? 'new' : 'both';
    return { kind, route, in: where, gone: this.#gone, added: this.#added, changed: this.#changed };
  }

  /** @param old what each table says of an endpoint; null: it is not in it */
  note(key: string, old: string | null, next: string | null): void {
    if (old !== null) this.#isOld = true;
    if (next !== null) this.#isNew = true;
    if (old === next) return;
    const [kind, route, address] = partsOf(key);
    this.#name = [kind, route];
    if (next === null) this.#gone.push(address);
    else if (old === null) this.#added.push(address);
    else {
      const fields = fieldDifferences(fieldsOf(JSON.parse(old)), fieldsOf(JSON.parse(next)));
      if (fields.length > 0) this.#changed.push({ address, fields });
    }
  }
}

function least(a: string | undefined, b: string | undefined): string | null {
  if (a === undefined || b === undefined) return a ?? b ?? null;
  return a < b ? a : b;
}
