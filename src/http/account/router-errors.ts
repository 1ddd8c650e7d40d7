import { ownText } from '../message/own-text.ts';

/** Errors of the router's own at one route and endpoint. Plain data. */
export interface RouterErrorRow {
  /** X-Cf-RouterError, and what else the router had to say. */
  readonly error: string;
  readonly status: number;
  /** Its key; where nobody knows the host that was asked for, the host; empty: none, or too many to be told apart. */
  readonly route: string;
  /** `host:port` of the last attempt; empty: none was asked. */
  readonly endpoint: string;
  count: number;
  /** The last of them: Unix milliseconds, and the request's id, empty where it was refused unread. */
  at: number;
  id: string;
}

interface Minute {
  readonly minute: number;
  readonly rows: Map<string, RouterErrorRow>;
  /** Rows for hosts that nobody knows: whoever asks has chosen them. */
  unknown: number;
  /** The last one that was counted: most often it is the next one, too. */
  last: RouterErrorRow | null;
}

const MINUTE_MS = 60_000;
const MINUTES = 10;
/** In a minute. */
const MOST_ROWS = 500;
const MOST_UNKNOWN = 100;
/** Characters of a text that whoever asked has chosen. */
const LONGEST = 200;

const UNKNOWN_ROUTE = 'unknown_route';

/** The errors that a thread has answered in the last minutes, counted by what they were and where. */
export class RouterErrors {
  /** Newest first. */
  #minutes: Minute[] = [];

  /** One more. @param at Unix milliseconds @param id of the request */
  note(error: string, status: number, route: string, endpoint: string, at: number, id: string): void {
    const minute = this.#minuteOf(at);
    let row = minute.last;
    if (row === null || !isOf(row, error, status, route, endpoint)) {
      const known = minute.rows.get(keyOf(error, status, route, endpoint));
      row = known ?? rowFor(minute, error, status, route, endpoint);
      minute.last = row;
    }
    row.count++;
    row.at = at;
    row.id = id;
  }

  /** Those of so many whole minutes and the one under way, each once. @param now Unix milliseconds */
  since(now: number, minutes: number): RouterErrorRow[] {
    const oldest = Math.floor(now / MINUTE_MS) - minutes;
    const recent = this.#minutes.filter(({ minute }) => minute >= oldest);
    return sumOfErrors(recent.flatMap(({ rows }) => [...rows.values()]));
  }

  #minuteOf(at: number): Minute {
    const minute = Math.floor(at / MINUTE_MS);
    const [newest] = this.#minutes;
    // A clock may be set back.
    if (newest !== undefined && minute <= newest.minute) return newest;
    const fresh: Minute = { minute, rows: new Map(), unknown: 0, last: null };
    this.#minutes = [fresh, ...this.#minutes].slice(0, MINUTES + 1);
    return fresh;
  }
}

/** One that is not there yet, as far as there is room; else that of its error alone. */
function rowFor(
  minute: Minute,
  error: string,
  status: number,
  route: string,
  endpoint: string,
): RouterErrorRow {
  const isUnknown = error === UNKNOWN_ROUTE;
  const isFull = minute.rows.size >= MOST_ROWS || (isUnknown && minute.unknown >= MOST_UNKNOWN);
  // What stands in brackets is different each time, or may be.
  const plain = isFull ? error.replace(/ \(.*/s, '') : error;
  const [kept, at] = isFull ? ['', ''] : [ownText(route, LONGEST), endpoint];
  const key = isFull ? keyOf(plain, status, '', '') : keyOf(error, status, route, endpoint);
  const before = minute.rows.get(key);
  if (before !== undefined) return before;
  if (isUnknown && !isFull) minute.unknown++;
  const row = { error: ownText(plain, LONGEST), status, route: kept, endpoint: at, count: 0, at: 0, id: '' };
  minute.rows.set(key, row);
  return row;
}

function isOf(row: RouterErrorRow, error: string, status: number, route: string, endpoint: string): boolean {
  return row.status === status && row.route === route && row.endpoint === endpoint && row.error === error;
}

function keyOf(error: string, status: number, route: string, endpoint: string): string {
  return `${status} ${endpoint} ${route}\0${error}`;
}

/** Rows of several minutes, or threads, as one each; those with most errors first. */
export function sumOfErrors(rows: readonly RouterErrorRow[]): RouterErrorRow[] {
  const sums = new Map<string, RouterErrorRow>();
  for (const row of rows) {
    const key = keyOf(row.error, row.status, row.route, row.endpoint);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, row);
    else sums.set(key, { ...(row.at > sum.at ? row : sum), count: row.count + sum.count });
  }
  return [...sums.values()].toSorted((a, b) => b.count - a.count);
}
