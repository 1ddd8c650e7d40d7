/** What a client asked for, in the order it asked. Text is one character per byte (latin1). */
export interface ClientOperations {
  /** The JSON text of CONNECT, decoded as UTF-8, not yet parsed. */
  connect(options: string): void;
  /** Whether the client may ask for anything else; false: it has been told that it may not. */
  admits(): boolean;
  ping(): void;
  pong(): void;
  /** `queue` is empty when none was given. */
  subscribe(subject: string, queue: string, sid: string): void;
  /** `max` is the number of messages since SUB after which to stop; 0 is at once. */
  unsubscribe(sid: string, max: number): void;
  /**
   * `reply` is empty when none was given. `headerLength` bytes of `message` are the header block; 0 for PUB.
   * `message` is never written to again, so it may be kept.
   */
  publish(subject: string, reply: string, message: Buffer, headerLength: number): void;
}

/** Told of memory for a message that comes in more than one piece. */
interface Holding {
  begin(bytes: number): void;
  end(): void;
}

const UNTOLD: Holding = { begin() {}, end() {} };

/** Why a client's input cannot be read any further. The text is what nats-server puts into `-ERR` where it says anything. */
export type ProtocolViolation =
  | 'Unknown Protocol Operation'
  | 'Maximum Payload Violation'
  | 'maximum control line exceeded'
  | `Parser Error in ${string}`;

/** Bytes of a control line, its line feed not counted. */
const MAX_CONTROL_LINE = 4096;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const FIRST_LETTERS = 'PSUCHpsuch';
const UNTERMINATED = -1;

type ParserState = 'control-line' | 'message' | 'stopped';

/** Reads what a NATS client sends, split anywhere: https://docs.nats.io/reference/reference-protocols/nats-protocol */
export class ClientProtocolParser {
  readonly #operations: ClientOperations;
  readonly #maxPayload: number;
  readonly #holding: Holding;
  #state: ParserState = 'control-line';
  /** The start of a control line whose end has not arrived. */
  #line = '';
  #subject = '';
  #reply = '';
  #headerLength = 0;
  #messageLength = 0;
  /** The message and its CRLF, when they arrive in more than one piece. */
  #pieces: Buffer | undefined;
  #piecesLength = 0;

  /** `maxPayload`: bytes of header block and payload together. */
  constructor(operations: ClientOperations, maxPayload: number, holding = UNTOLD) {
    this.#operations = operations;
    this.#holding = holding;
    this.#maxPayload = maxPayload;
  }

  /** Reports every operation that is complete. After a violation, or `stop`, the rest of the input is ignored. */
  push(chunk: Buffer): ProtocolViolation | undefined {
    let at = 0;
    while (at < chunk.length && this.#state !== 'stopped') {
      if (this.#state === 'message') {
        at = this.#readMessage(chunk, at);
        if (at === UNTERMINATED) return this.#violated('Unknown Protocol Operation');
        continue;
      }
      const end = chunk.indexOf(LF, at);
      const text = chunk.toString('latin1', at, end < 0 ? chunk.length : end);
      this.#line = this.#line === '' ? text : this.#line + text;
      if (!FIRST_LETTERS.includes(this.#line.charAt(0))) return this.#violated('Unknown Protocol Operation');
      if (this.#line.length > MAX_CONTROL_LINE) return this.#violated('maximum control line exceeded');
      if (end < 0) return undefined;
      at = end + 1;
      const line = this.#line;
      this.#line = '';
      const violation = this.#readLine(line);
      if (violation !== undefined) return this.#violated(violation);
    }
    return undefined;
  }

  stop(): void {
    this.#state = 'stopped';
    this.#line = '';
    if (this.#pieces !== undefined) this.#letGo();
  }

  #violated(violation: ProtocolViolation): ProtocolViolation {
    this.stop();
    return violation;
  }

  #readLine(line: string): ProtocolViolation | undefined {
    const words = splitWords(line);
    const operation = words[0]?.toUpperCase();
    // Before a message has any memory.
    if (operation !== 'CONNECT' && !this.#operations.admits()) return undefined;
    switch (operation) {
      case 'PUB':
        return this.#readPublish(words, 1);
      case 'HPUB':
        return this.#readPublish(words, 2);
      case 'PING':
        this.#operations.ping();
        return undefined;
      case 'PONG':
        this.#operations.pong();
        return undefined;
      case 'SUB':
        if (words.length !== 3 && words.length !== 4) return 'Parser Error in SUB';
        this.#operations.subscribe(words[1]!, words.length === 4 ? words[2]! : '', words.at(-1)!);
        return undefined;
      case 'UNSUB': {
        const max = words.length === 3 ? readNumber(words[2]!) : 0;
        if (words.length < 2 || words.length > 3 || max === undefined) return 'Parser Error in UNSUB';
        this.#operations.unsubscribe(words[1]!, max);
        return undefined;
      }
      case 'CONNECT':
        this.#operations.connect(Buffer.from(line.slice('CONNECT'.length).trim(), 'latin1').toString());
        return undefined;
      default:
        return 'Unknown Protocol Operation';
    }
  }

  #readPublish(words: readonly string[], sizes: 1 | 2): ProtocolViolation | undefined {
    const subjects = words.length - 1 - sizes;
    const total = readNumber(words.at(-1)!);
    const header = sizes === 2 ? readNumber(words.at(-2)!) : 0;
    if (subjects < 1 || subjects > 2 || total === undefined || header === undefined || header > total) {
      return `Parser Error in ${sizes === 2 ? 'HPUB' : 'PUB'}`;
    }
    if (total > this.#maxPayload) return 'Maximum Payload Violation';
    this.#subject = words[1]!;
    this.#reply = subjects === 2 ? words[2]! : '';
    this.#headerLength = header;
    this.#messageLength = total;
    this.#state = 'message';
    return undefined;
  }

  /** Returns where to go on reading, or UNTERMINATED when the message is not followed by CRLF. */
  #readMessage(chunk: Buffer, at: number): number {
    const needed = this.#messageLength + 2 - this.#piecesLength;
    const end = at + needed;
    if (this.#pieces === undefined && end <= chunk.length) return this.#finishMessage(chunk, at, end);
    if (this.#pieces === undefined) {
      this.#pieces = Buffer.allocUnsafeSlow(this.#messageLength + 2);
      this.#holding.begin(this.#pieces.length);
    }
    const copied = chunk.copy(this.#pieces, this.#piecesLength, at, Math.min(end, chunk.length));
    this.#piecesLength += copied;
    if (copied < needed) return chunk.length;
    const message = this.#pieces;
    this.#letGo();
    return this.#finishMessage(message, 0, message.length) === UNTERMINATED ? UNTERMINATED : end;
  }

  #letGo(): void {
    this.#pieces = undefined;
    this.#piecesLength = 0;
    this.#holding.end();
  }

  #finishMessage(bytes: Buffer, start: number, end: number): number {
    if (bytes[end - 2] !== CR || bytes[end - 1] !== LF) return UNTERMINATED;
    this.#state = 'control-line';
    this.#operations.publish(this.#subject, this.#reply, bytes.subarray(start, end - 2), this.#headerLength);
    return end;
  }
}

/** Every byte up to 0x20 separates, so no control character ever gets into a subject or a subscription id. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  let start = -1;
  for (let i = 0; i <= line.length; i++) {
    // charCodeAt beyond the end is NaN, which ends the last word.
    const inWord = line.charCodeAt(i) > SPACE;
    if (inWord && start < 0) start = i;
    if (!inWord && start >= 0) {
      words.push(line.slice(start, i));
      start = -1;
    }
  }
  return words;
}

/** nats-server reads at most nine digits, too. */
function readNumber(word: string): number | undefined {
  return /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}
