/** How a request was answered, for whoever has a debug token. Times in milliseconds; -1 is unknown and left out. */
export interface DebugFacts {
  /** Id of the router in the roll-call. */
  readonly router: string;
  readonly thread: number;
  /** Empty: none was found. */
  readonly route: string;
  /** Of the endpoint asked last; empty: it is in none. */
  readonly arm: string;
  /** Asked last; empty: none was. */
  readonly endpoint: string;
  readonly instance: string;
  readonly attempts: number;
  /** Of those that came to nothing, the first ones. */
  readonly failed: readonly { readonly endpoint: string; readonly failure: string }[];
  /** Since the head of the request had come. */
  readonly took: number;
  /** Since the attempt began that was answered. */
  readonly awaited: number;
  /** Making the connection, where it was made for this request. */
  readonly dial: number;
  readonly tls: number;
  readonly requestId: string;
}

/** Characters of a text, by which the line as a whole stays below 1 KiB. */
const LONGEST = { router: 80, route: 140, arm: 110, endpoint: 75, instance: 75, failure: 20, requestId: 80 };
const MOST_FAILED = 2;

/** The value of Cellgate-Debug, a dictionary of RFC 9651. */
export function debugLine(facts: DebugFacts): string {
  const { route, arm, endpoint, instance, failed } = facts;
  const tried = failed
    .slice(0, MOST_FAILED)
    .map((each) => `${text(each.endpoint, LONGEST.endpoint)};error=${text(each.failure, LONGEST.failure)}`);
  const members: readonly (readonly [name: string, value: string])[] = [
    ['router', text(facts.router, LONGEST.router)],
    ['thread', String(facts.thread)],
    ['route', text(route, LONGEST.route)],
    ['arm', text(arm, LONGEST.arm)],
    ['endpoint', text(endpoint, LONGEST.endpoint)],
    ['instance', text(instance, LONGEST.instance)],
    ['attempts', String(facts.attempts)],
    ['failed', tried.length === 0 ? EMPTY : `(${tried.join(' ')})`],
    ['ms', time(facts.took)],
    ['endpoint-ms', time(facts.awaited)],
    ['dial-ms', time(facts.dial)],
    ['tls-ms', time(facts.tls)],
    ['request-id', text(facts.requestId, LONGEST.requestId)],
  ];
  return members
    .filter(([, value]) => value !== EMPTY)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

const EMPTY = '""';

/** Names of arms and routes come from outside: what no header may hold is a question mark. */
function text(value: string, longest: number): string {
  return `"${value.slice(0, longest).replace(/[^ !#-[\]-~]/g, '?')}"`;
}

function time(milliseconds: number): string {
  return milliseconds < 0 ? EMPTY : milliseconds.toFixed(1);
}
