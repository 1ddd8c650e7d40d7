/** The names of tags that many endpoints have in common, once for all of them, by their places in shared memory. */
export class TagNames {
  readonly #records: { read(record: number): string };
  readonly #known = new Map<number, readonly string[]>();
  readonly #texts = new Map<number, string>();

  constructor(records: { read(record: number): string }) {
    this.#records = records;
  }

  at(place: number): readonly string[] {
    let names = this.#known.get(place);
    if (names === undefined) {
      names = JSON.parse(this.#records.read(place)) as string[];
      this.#known.set(place, names);
    }
    return names;
  }

  /** As JSON. */
  textAt(place: number): string {
    const text = this.#texts.get(place) ?? this.#records.read(place);
    this.#texts.set(place, text);
    return text;
  }
}

/** Answers the place of such names; `null`: they are not kept anywhere. */
export type PlaceOfNames = (names: readonly string[]) => number | null;
