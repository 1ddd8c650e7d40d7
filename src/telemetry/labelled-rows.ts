/** Bytes of a label, in UTF-8; what is longer is cut. */
const LABEL_BYTES = 124;
const SLOT_BYTES = 128;
const HEADER_BYTES = 8;
/** Labels beyond the number of rows share the last one: they are free text from the bus. */
const OTHER_LABEL = 'other';

export interface RowShape {
  /** Different labels that are told apart. */
  readonly labels: number;
  /** Numbers kept for each. */
  readonly width: number;
}

/**
 * Rows of numbers by label, in memory that the control thread reads. Each thread fills its own part, so a plain
 * addition is enough; names lie beside the numbers, so that a thread that takes over a part finds its rows again.
 */
export class LabelledRows {
  readonly cells: Float64Array;
  readonly #shape: RowShape;
  readonly #count: Int32Array;
  readonly #names: Uint8Array;
  readonly #rows = new Map<string, number>();

  constructor(memory: SharedArrayBuffer, thread: number, shape: RowShape) {
    const part = partOf(memory, thread, shape);
    this.#shape = shape;
    this.#count = part.count;
    this.#names = part.names;
    this.cells = part.cells;
    for (const [at, label] of labelsOf(part).entries()) this.#rows.set(label, at * shape.width);
  }

  static allocate(threads: number, shape: RowShape): SharedArrayBuffer {
    return new SharedArrayBuffer(threads * partBytes(shape));
  }

  /** Where the label's numbers begin in `cells`. */
  row(label: string): number {
    const known = this.#rows.get(label);
    if (known !== undefined) return known;
    const { labels, width } = this.#shape;
    const at = this.#count[0]!;
    if (at >= labels - 1 && label !== OTHER_LABEL) return this.row(OTHER_LABEL);
    const slot = this.#names.subarray(at * SLOT_BYTES, (at + 1) * SLOT_BYTES);
    const name = new Uint8Array(LABEL_BYTES);
    const { written } = new TextEncoder().encodeInto(label, name);
    slot[0] = written;
    slot.set(name, 4);
    // The name stands before anybody may look for it.
    Atomics.store(this.#count, 0, at + 1);
    this.#rows.set(label, at * width);
    return at * width;
  }
}

/** The sums over all threads, by label. */
export function sumByLabel(
  memory: SharedArrayBuffer,
  threads: number,
  shape: RowShape,
): Map<string, Float64Array> {
  const sums = new Map<string, Float64Array>();
  for (let thread = 0; thread < threads; thread++) {
    const part = partOf(memory, thread, shape);
    labelsOf(part).forEach((label, row) => {
      const sum = sums.get(label) ?? new Float64Array(shape.width);
      for (let at = 0; at < shape.width; at++) sum[at]! += part.cells[row * shape.width + at]!;
      sums.set(label, sum);
    });
  }
  return sums;
}

interface Part {
  readonly count: Int32Array;
  readonly names: Uint8Array;
  readonly cells: Float64Array;
}

function partOf(memory: SharedArrayBuffer, thread: number, shape: RowShape): Part {
  const start = thread * partBytes(shape);
  const cells = start + HEADER_BYTES + shape.labels * SLOT_BYTES;
  return {
    count: new Int32Array(memory, start, 1),
    names: new Uint8Array(memory, start + HEADER_BYTES, shape.labels * SLOT_BYTES),
    cells: new Float64Array(memory, cells, shape.labels * shape.width),
  };
}

function labelsOf({ count, names }: Part): string[] {
  return Array.from({ length: Atomics.load(count, 0) }, (_, at) => {
    const start = at * SLOT_BYTES;
    // A copy: decoders refuse shared memory.
    return new TextDecoder().decode(names.slice(start + 4, start + 4 + names[start]!));
  });
}

function partBytes({ labels, width }: RowShape): number {
  return HEADER_BYTES + labels * (SLOT_BYTES + width * Float64Array.BYTES_PER_ELEMENT);
}
