type Headers = Readonly<Record<string, string>>;

type Told = Readonly<Record<string, string | number | boolean>>;

/** What a request is answered with. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly value: unknown;
      readonly headers: Headers;
      /** For the audit log, where only the request told who the caller is. */
      readonly who?: string;
      /** More for the audit log: what the request came to. It holds no secret. */
      readonly told?: Told;
    }
  /** Written as fast as it is read, and no faster; `type`: its media type. */
  | { readonly kind: 'pieces'; readonly type: string; readonly pieces: Iterable<string> }
  | {
      readonly kind: 'page';
      readonly html: string;
      readonly headers: Headers;
      /** Default: 200. */
      readonly status?: number;
      /** As above. */
      readonly who?: string;
    }
  | Entity
  | Problem;

/** The same for whoever asks, until it is another: who has it already is told so, and gets it no second time. */
export interface Entity {
  readonly kind: 'entity';
  /** Its media type. */
  readonly type: string;
  /** Another one for other bytes, in double quotes. */
  readonly etag: string;
  readonly bytes: Uint8Array;
  /** The same bytes shorter, by the names of codings in `Accept-Encoding`, the best first. */
  readonly coded: ReadonlyMap<string, Uint8Array>;
  readonly headers: Headers;
}

/** Why there is nothing better, as the client gets it: `{error, detail, hint}`. */
export interface Problem {
  readonly kind: 'problem';
  readonly status: number;
  /** A name for programs, `no-such-route`. */
  readonly error: string;
  /** A sentence: what was wrong, and where. It holds no secret. */
  readonly detail: string;
  /** What to do next. */
  readonly hint: string;
  readonly headers: Headers;
  /** Beside those, for programs. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** At most 1 MiB as JSON; what may be longer goes in `pieces`. */
export function ok(value: unknown, headers: Headers = {}): Answer {
  return { kind: 'json', status: 200, value, headers };
}

/** JSON, as texts one after the other; between two of them other work is done. */
export function pieces(texts: Iterable<string>, type = 'application/json'): Answer {
  return { kind: 'pieces', type, pieces: texts };
}

/** Items in one piece of a list. */
const PER_PIECE = 32;

/** `{NAME: [...]}`, however many there are: each is looked at when those before it have been read. */
export function list<T>(name: string, items: Iterable<T>, shown: (item: T) => object): Answer {
  return pieces(listTexts(name, items, shown));
}

function* listTexts<T>(name: string, items: Iterable<T>, shown: (item: T) => object): Generator<string> {
  let text = `{${JSON.stringify(name)}:[`;
  let count = 0;
  for (const item of items) {
    if (count++ > 0) text += ',';
    text += JSON.stringify(shown(item));
    if (count % PER_PIECE > 0) continue;
    yield text;
    text = '';
  }
  yield `${text}]}\n`;
}

export function problem(
  status: number,
  error: string,
  detail: string,
  hint: string,
  headers: Headers = {},
): Problem {
  return { kind: 'problem', status, error, detail, hint, headers };
}
