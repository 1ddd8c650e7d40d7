/** A step of the way to a value: the name of a field, in any case, or a place in an array. */
export type JsonStep = string | number;

interface Frame {
  readonly isArray: boolean;
  /** Of an array. */
  index: number;
  /** Of an object: the field whose value comes, or came last. */
  key: string;
}

type Awaited = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'end';

const BLANKS = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

/** Walks through a text of JSON once, in a loop: however deep it is, it takes no more than its length. */
export class JsonWalk {
  /** Where the text stops being JSON; -1: nowhere. */
  fault = -1;
  /** Where the value at the end of the way begins, the last one where it is there twice; -1: nowhere. */
  found = -1;
  readonly #text: string;
  readonly #way: readonly JsonStep[];
  readonly #frames: Frame[] = [];
  #awaits: Awaited = 'value';
  #at = 0;

  constructor(text: string, way: readonly JsonStep[]) {
    this.#text = text;
    this.#way = way;
    while (this.fault < 0 && !(this.#awaits === 'end' && this.#skipBlanks() === text.length)) {
      this.#skipBlanks();
      if (!this.#step()) this.fault = this.#at;
    }
  }

  #skipBlanks(): number {
    this.#at += this.#length(BLANKS);
    return this.#at;
  }

  /** `false`: what stands here has no place here. */
  #step(): boolean {
    const char = this.#text[this.#at];
    switch (this.#awaits) {
      case 'key or end':
        return char === '}' ? this.#close() : this.#takeKey();
      case 'key':
        return this.#takeKey();
      case 'colon':
        return char === ':' && this.#pass('value');
      case 'value or end':
        return char === ']' ? this.#close() : this.#takeValue(char);
      case 'value':
        return this.#takeValue(char);
      case 'comma or end':
        return char === ',' ? this.#takeComma() : this.#takeEnd(char);
      case 'end':
        return false;
    }
  }

  #takeKey(): boolean {
    const length = this.#length(STRING);
    if (length === 0) return false;
    const key: string = JSON.parse(this.#text.slice(this.#at, this.#at + length));
    this.#frames.at(-1)!.key = key.toLowerCase();
    this.#at += length;
    this.#awaits = 'colon';
    return true;
  }

  #takeValue(char: string | undefined): boolean {
    if (this.#isThere()) this.found = this.#at;
    if (char === '{' || char === '[') {
      this.#frames.push({ isArray: char === '[', index: 0, key: '' });
      return this.#pass(char === '[' ? 'value or end' : 'key or end');
    }
    const length = this.#length(char === '"' ? STRING : SCALAR);
    this.#at += length;
    this.#awaits = this.#frames.length === 0 ? 'end' : 'comma or end';
    return length > 0;
  }

  #takeComma(): boolean {
    const frame = this.#frames.at(-1)!;
    frame.index++;
    return this.#pass(frame.isArray ? 'value' : 'key');
  }

  #takeEnd(char: string | undefined): boolean {
    return char === (this.#frames.at(-1)!.isArray ? ']' : '}') && this.#close();
  }

  #close(): boolean {
    this.#frames.pop();
    return this.#pass(this.#frames.length === 0 ? 'end' : 'comma or end');
  }

  #pass(awaits: Awaited): true {
    this.#at++;
    this.#awaits = awaits;
    return true;
  }

  #isThere(): boolean {
    const way = this.#way;
    return (
      way.length > 0 &&
      this.#frames.length === way.length &&
      this.#frames.every(({ isArray, index, key }, depth) => (isArray ? index : key) === way[depth])
    );
  }

  #length(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0].length ?? 0;
  }
}
