/** What somebody who looks at a router should know first. */
export interface Remark {
  /** `wrong`: requests are lost. `look`: somebody should look. `note`: so it is, and it may be meant. */
  readonly level: 'wrong' | 'look' | 'note';
  readonly text: string;
  /** Of a page of the dashboard that shows more; null: there is none. */
  readonly link: string | null;
}

/** A route in the last minute. */
interface FailingRoute {
  readonly route: string;
  readonly requests: number;
  readonly failed: number;
}

/** What a router knows of itself and of the others. */
export interface Facts {
  readonly health: { readonly state: string; readonly reason: string };
  /** Whether NATS is connected. */
  readonly bus: string;
  /** In its table. */
  readonly routes: number;
  /** Seconds for which nobody could tell the table anything. */
  readonly tableAge: number;
  readonly decisions: { readonly state: 'reachable' | 'away'; readonly why: string };
  /** Endpoints of all routes by state. */
  readonly states: Readonly<Record<string, number>>;
  readonly failing: readonly FailingRoute[];
  /** Requests of the last minute, those of them that failed, and those that the router refused. */
  readonly minute: { readonly requests: number; readonly failed: number; readonly refused: number } | null;
  /** Of the busiest proxy thread: the share of the time that it had something to do. */
  readonly busiestThread: number;
  readonly cutovers: readonly { readonly route: string; readonly phase: string; readonly over: boolean }[];
  /** Shown to clients or backends: the first name, and in how many days it ends. */
  readonly certificates: readonly { readonly name: string; readonly daysLeft: number }[];
  /** Of the roll-call, those that do not answer. */
  readonly silent: readonly string[];
}

/** `well`: nothing to do. */
export type Verdict = 'well' | 'look' | 'wrong';

/** Shares of a route's requests that failed. */
const WRONG_SHARE = 0.05;
const LOOK_SHARE = 0.01;
/** Failures of a minute below which a route is not named. */
const FEW = 3;
const MOST_ROUTES = 5;
/** Where a proxy thread has hardly any time left. */
const BUSY = 0.9;
/** Days before its end that a certificate is named. */
const SOON = 14;
/** Of all requests: robots alone are fewer. */
const MANY_REFUSED = 0.2;

const STATES: Readonly<Record<string, readonly [level: Remark['level'], text: string]>> = {
  failed: ['look', 'passed over after a failed attempt'],
  full: ['look', 'with as many requests as they may have'],
  stale: ['look', 'kept though their time is over'],
  restored: ['note', 'from the snapshot, and not announced since'],
  draining: ['note', 'draining by an order'],
  held: ['note', 'held by an order'],
};

const PHASES: Readonly<Record<string, string>> = {
  held: 'is held',
  reverting: 'is being taken back',
  reverted: 'was taken back',
};

/** What is to be said, the worst first. */
export function remarksOn(facts: Facts): Remark[] {
  const remarks = [
    ...ofRouter(facts),
    ...facts.failing.slice(0, MOST_ROUTES).flatMap(ofRoute),
    ...ofStates(facts.states),
    ...ofCutovers(facts),
    ...facts.certificates.flatMap(ofCertificate),
  ];
  const order: readonly Remark['level'][] = ['wrong', 'look', 'note'];
  return remarks.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}

export function verdictOf(remarks: readonly Remark[]): Verdict {
  if (remarks.some(({ level }) => level === 'wrong')) return 'wrong';
  return remarks.some(({ level }) => level === 'look') ? 'look' : 'well';
}

function ofRouter(facts: Facts): Remark[] {
  const { health, bus, tableAge, decisions, busiestThread, silent, minute } = facts;
  const remarks: Remark[] = [];
  const say = (level: Remark['level'], text: string, link: string | null = null) =>
    remarks.push({ level, text, link });
  if (health.state === 'initializing') say('look', `The router starts: ${health.reason}`);
  else if (health.state === 'degraded') say('look', `The router drains and takes no new traffic`);
  const lost = shareOf(minute);
  if (minute !== null && minute.failed >= FEW && lost >= LOOK_SHARE) {
    const text = `${percent(lost)} of all requests failed in the last minute (${whole(minute.failed)} of ${whole(minute.requests)})`;
    say(lost >= WRONG_SHARE ? 'wrong' : 'look', text, '/routes?sort=failing');
  }
  if (minute !== null && minute.refused >= FEW && minute.refused / minute.requests >= MANY_REFUSED) {
    const share = percent(minute.refused / minute.requests);
    say(
      'note',
      `${share} of all requests were refused by the router itself: no such route, a rule, a limit`,
      '/explain',
    );
  }
  if (bus !== 'connected') {
    const age = tableAge > 0 ? `; the table is ${Math.round(tableAge)} s old` : '';
    say('look', `NATS is not connected: no route can be added or taken away${age}`);
  }
  if (decisions.state === 'away') say('look', `Decisions of operators are out of reach: ${decisions.why}`);
  if (busiestThread >= BUSY) say('look', `A proxy thread is busy ${percent(busiestThread)} of the time`);
  if (facts.routes === 0) say('note', 'There is no route yet: nothing has been announced', '/routes');
  for (const id of silent) say('look', `Router ${id} does not answer`, '/#routers');
  return remarks;
}

function ofRoute({ route, requests, failed }: FailingRoute): Remark[] {
  const share = failed / requests;
  if (failed < FEW || share < LOOK_SHARE) return [];
  const text = `${route}: ${percent(share)} of requests failed in the last minute (${whole(failed)} of ${whole(requests)})`;
  const link = `/routes/${encodeURIComponent(route)}`;
  return [{ level: share >= WRONG_SHARE ? 'wrong' : 'look', text, link }];
}

function ofCertificate({ name, daysLeft }: Facts['certificates'][number]): Remark[] {
  if (daysLeft >= SOON) return [];
  const isOver = daysLeft < 0;
  const when = isOver ? 'has ended' : `ends in ${Math.floor(daysLeft)} days`;
  const text = `The certificate ${name === '' ? 'of a listener' : `for ${name}`} ${when}`;
  return [{ level: isOver ? 'wrong' : 'look', text, link: null }];
}

function ofStates(states: Facts['states']): Remark[] {
  return Object.entries(STATES).flatMap(([state, [level, text]]) => {
    const count = states[state] ?? 0;
    if (count === 0) return [];
    const endpoints = count === 1 ? '1 endpoint is' : `${count.toLocaleString('en')} endpoints are`;
    return [{ level, text: `${endpoints} ${text}`, link: `/routes?q=is%3A${state}` }];
  });
}

function ofCutovers({ cutovers }: Facts): Remark[] {
  return cutovers
    .filter(({ over, phase }) => !over || phase === 'reverted')
    .map(({ route, phase }) => ({
      level: phase === 'held' || phase === 'reverting' || phase === 'reverted' ? 'look' : 'note',
      text: `The cutover of ${route} ${PHASES[phase] ?? 'is under way'}`,
      link: `/cutovers/${encodeURIComponent(route)}`,
    }));
}

function shareOf(minute: Facts['minute']): number {
  return minute === null || minute.requests === 0 ? 0 : minute.failed / minute.requests;
}

function whole(count: number): string {
  return count.toLocaleString('en');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
