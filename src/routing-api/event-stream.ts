export interface StreamEvent {
  /** `message` when the stream named none. */
  readonly event: string;
  readonly data: string;
}

/** Characters of one event. */
const MAX_EVENT = 1024 * 1024;

/** Server-sent events out of text that comes in any pieces (WHATWG HTML §9.2.6). */
export class EventStream {
  #line = '';
  #event = '';
  #data: string[] = [];
  #size = 0;
  #afterReturn = false;

  /** The events that are complete now. `too-long`: the stream must be given up. */
  add(text: string): StreamEvent[] | 'too-long' {
    const events: StreamEvent[] = [];
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at];
      if (char !== '\n' && char !== '\r') {
        this.#afterReturn = false;
        continue;
      }
      // CRLF is one line end.
      if (char === '\n' && this.#afterReturn) {
        this.#afterReturn = false;
        start = at + 1;
        continue;
      }
      this.#afterReturn = char === '\r';
      this.#endLine(this.#line + text.slice(start, at), events);
      this.#line = '';
      start = at + 1;
    }
    this.#line += text.slice(start);
    return this.#size + this.#line.length > MAX_EVENT ? 'too-long' : events;
  }

  #endLine(line: string, events: StreamEvent[]): void {
    if (line === '') {
      if (this.#data.length > 0)
        events.push({ event: this.#event || 'message', data: this.#data.join('\n') });
      this.#event = '';
      this.#data = [];
      this.#size = 0;
      return;
    }
    this.#size += line.length;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#event = value;
    else if (field === 'data') this.#data.push(value);
  }
}
