/** Characters of one event; labels of a container are in it. */
const LONGEST_LINE = 1024 * 1024;

/** Lines out of text that comes in any pieces. */
export class EventLines {
  #rest = '';

  /** The lines that are complete now. `too-long`: the stream must be given up. */
  add(text: string): string[] | 'too-long' {
    const lines = text.split('\n');
    lines[0] = this.#rest + lines[0]!;
    this.#rest = lines.pop()!;
    return this.#rest.length > LONGEST_LINE ? 'too-long' : lines.filter((line) => line.trim() !== '');
  }
}
