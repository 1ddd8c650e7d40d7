import assert from 'node:assert/strict';
import { test } from 'vitest';
import { type Facts, remarksOn, verdictOf } from '../../src/dashboard/attention.ts';

const WELL: Facts = {
  health: { state: 'healthy', reason: 'it serves' },
  bus: 'connected',
  routes: 2,
  tableAge: 0,
  decisions: { state: 'reachable', why: '' },
  states: { ready: 3 },
  failing: [],
  minute: { requests: 1000, failed: 0, refused: 10 },
  busiestThread: 0.2,
  cutovers: [],
  certificates: [{ name: 'a.test', daysLeft: 80 }],
  silent: [],
};

const CASES: readonly (readonly [
  name: string,
  changed: Partial<Facts>,
  verdict: string,
  said: readonly string[],
])[] = [
  ['nothing to say', {}, 'well', []],
  ['an empty table', { routes: 0 }, 'well', ['There is no route yet: nothing has been announced']],
  ['no traffic', { minute: { requests: 0, failed: 0, refused: 0 } }, 'well', []],
  ['two failures among few', { minute: { requests: 2, failed: 2, refused: 0 } }, 'well', []],
  [
    'some requests fail',
    { minute: { requests: 1000, failed: 12, refused: 0 } },
    'look',
    ['1.2 % of all requests failed in the last minute (12 of 1,000)'],
  ],
  [
    'one route fails among many requests',
    {
      failing: [{ route: 'a.test/x', requests: 40, failed: 20 }],
      minute: { requests: 9000, failed: 20, refused: 0 },
    },
    'wrong',
    ['a.test/x: 50 % of requests failed in the last minute (20 of 40)'],
  ],
  [
    'the bus is away',
    { bus: 'disconnected', tableAge: 12.4 },
    'look',
    ['NATS is not connected: no route can be added or taken away; the table is 12 s old'],
  ],
  [
    'endpoints in several states',
    { states: { ready: 3, held: 1, failed: 1200 } },
    'look',
    ['1,200 endpoints are passed over after a failed attempt', '1 endpoint is held by an order'],
  ],
  [
    'endpoints of the snapshot',
    { states: { restored: 1 } },
    'well',
    ['1 endpoint is from the snapshot, and not announced since'],
  ],
  [
    'certificates',
    {
      certificates: [
        { name: 'a.test', daysLeft: 3.9 },
        { name: '', daysLeft: -0.1 },
      ],
    },
    'wrong',
    ['The certificate of a listener has ended', 'The certificate for a.test ends in 3 days'],
  ],
  ['another router is silent', { silent: ['1-x'] }, 'look', ['Router 1-x does not answer']],
  [
    'cutovers',
    {
      cutovers: [
        { route: 'a.test', phase: 'judge', over: false },
        { route: 'b.test', phase: 'reverted', over: true },
        { route: 'c.test', phase: 'done', over: true },
      ],
    },
    'look',
    ['The cutover of b.test was taken back', 'The cutover of a.test is under way'],
  ],
  [
    'robots, or a route that is missing',
    { minute: { requests: 100, failed: 0, refused: 30 } },
    'well',
    ['30 % of all requests were refused by the router itself: no such route, a rule, a limit'],
  ],
];

for (const [name, changed, verdict, said] of CASES) {
  test(`${name}: ${verdict}`, () => {
    const remarks = remarksOn({ ...WELL, ...changed });
    assert.deepEqual([verdictOf(remarks), remarks.map(({ text }) => text)], [verdict, said]);
  });
}

test('the worst is said first, and each leads to where more is seen', () => {
  const remarks = remarksOn({
    ...WELL,
    states: { draining: 2 },
    silent: ['1-x'],
    failing: [{ route: 'a.test/x', requests: 40, failed: 40 }],
  });
  assert.deepEqual(
    remarks.map(({ level, link }) => [level, link]),
    [
      ['wrong', '/routes/a.test%2Fx'],
      ['look', '/#routers'],
      ['note', '/routes?q=is%3Adraining'],
    ],
  );
});
