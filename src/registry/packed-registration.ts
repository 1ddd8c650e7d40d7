import { readPacked } from '../routing/endpoint-record.ts';
import type { HeldEndpoint } from './held-endpoint.ts';
import { endpointJson, uriOf } from './registration-json.ts';

type Said = Readonly<Record<string, unknown>>;

/** An endpoint as the records have it. */
export interface PackedEndpoint {
  /** See `packEndpoint`. */
  readonly text: string;
  /** JSON of the names of its tags; null: its text has them. */
  readonly names: string | null;
}

/**
 * The same registrations as `RegistrationJson` tells of, for the next process of this router: the endpoint as its record
 * has it, which is a third as long, and is not taken apart to be written. What the routes of one endpoint have in common
 * is put together once where they come one after the other.
 */
export class PackedRegistration {
  readonly #packedOf: (held: HeldEndpoint) => PackedEndpoint | null;
  #last: HeldEndpoint | null = null;
  #common: string | null = null;

  /** @param packedOf null: it says more than anybody wants to know */
  constructor(packedOf: (held: HeldEndpoint) => PackedEndpoint | null) {
    this.#packedOf = packedOf;
  }

  /**
   * The fields of such an object, without its braces; null: its endpoint says too much.
   * @param path of the route as it was registered; `null`: that of its key
   */
  fields(key: string, path: string | null, held: HeldEndpoint): string | null {
    if (held !== this.#last) {
      const packed = this.#packedOf(held);
      this.#common = packed && `"names":${packed.names},"endpoint":${packed.text}`;
      this.#last = held;
    }
    return this.#common && `"uris":[${JSON.stringify(uriOf(key, path))}],${this.#common}`;
  }
}

/**
 * What a line says of an endpoint in the words of a message, to be judged as that is; the same where it is not packed.
 * Null: it is packed, and not as it should be.
 */
export function inWords(said: Said): Said | null {
  const { endpoint, names, ...others } = said;
  if (endpoint === undefined) return said;
  if (!Array.isArray(endpoint) || !isNames(names) || (names === null) !== (endpoint[0] === null)) return null;
  try {
    return { ...others, ...endpointJson(readPacked(endpoint, names)) };
  } catch {
    return null;
  }
}

function isNames(names: unknown): names is readonly string[] | null {
  return names === null || (Array.isArray(names) && names.every((name) => typeof name === 'string'));
}
