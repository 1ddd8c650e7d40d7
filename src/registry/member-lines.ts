import type { HeldEndpoint } from './held-endpoint.ts';
import type { Member } from './members.ts';
import { PackedRegistration } from './packed-registration.ts';
import { RegistrationJson } from './registration-json.ts';
import type { RouteTable } from './route-table.ts';

/** Characters of what is said of an endpoint to whoever asks for all: a snapshot has no room for more. */
const MOST_SAID = 16 * 1024;

/** Members of the table as text: the fields of an object each, without its braces. */
export class MemberLines {
  readonly #table: RouteTable;
  readonly #words: RegistrationJson;
  readonly #packed: PackedRegistration;

  constructor(table: RouteTable) {
    this.#table = table;
    this.#words = new RegistrationJson((held) => table.endpoint(held), MOST_SAID);
    this.#packed = new PackedRegistration((held) => table.packedOf(held, MOST_SAID));
  }

  /** See `RegistrationJson.fields`. @throws when it is gone */
  describe(member: Member): string | null {
    return this.#fields(member, this.#words);
  }

  /** See `PackedRegistration.fields`. @throws when it is gone */
  pack(member: Member): string | null {
    return this.#fields(member, this.#packed);
  }

  #fields({ pool, held }: Member, form: Form): string | null {
    if (pool === null) throw new Error('an endpoint was asked for that is gone');
    return form.fields(this.#table.pools.keyOf(pool), pool.contextPath, held);
  }
}

interface Form {
  fields(key: string, path: string | null, held: HeldEndpoint): string | null;
}
