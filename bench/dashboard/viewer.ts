import { setTimeout as delay } from 'node:timers/promises';
import { HOST } from '../target.ts';

/** What a screen asks for, and how often, in milliseconds: as the feeds of `src/dashboard/assets` do. */
interface Asked {
  readonly path: string;
  readonly interval: number;
  /** Asks only for what has come since. */
  readonly grows?: true;
}

const OVERVIEW: readonly Asked[] = [
  { path: '/v1/summary', interval: 3000 },
  { path: '/v1/history?series=', interval: 5000, grows: true },
  { path: '/v1/errors?minutes=5', interval: 10_000 },
];

/** Five people, none of whom looks at quite the same. */
export const SCREENS: readonly (readonly Asked[])[] = [
  OVERVIEW,
  OVERVIEW,
  [{ path: '/v1/routes?limit=100', interval: 5000 }],
  [{ path: '/v1/routes?limit=100&q=99+test', interval: 5000 }],
  [
    { path: `/v1/routes?route=${HOST}&limit=1`, interval: 5000 },
    { path: `/v1/history?route=${HOST}`, interval: 5000 },
    { path: `/v1/endpoints?route=${HOST}&limit=200`, interval: 5000 },
    { path: '/v1/orders', interval: 30_000 },
    { path: `/v1/errors?minutes=5&route=${HOST}`, interval: 10_000 },
  ],
];

export interface Viewed {
  readonly asked: number;
  /** Answers that said that nothing was new. */
  readonly unchanged: number;
  readonly failures: number;
}

/** Looks at the screens for so many seconds, each in its own rhythm. */
export async function look(admin: string, token: string, seconds: number): Promise<Viewed> {
  const tally = { asked: 0, unchanged: 0, failures: 0 };
  const end = performance.now() + seconds * 1000;
  const feeds = SCREENS.flatMap((screen, each) => screen.map((asked) => ({ asked, begin: each * 700 })));
  await Promise.all(
    feeds.map(async ({ asked: { path, interval, grows }, begin }) => {
      await delay(begin);
      let etag = '';
      let next = 0;
      while (performance.now() < end) {
        const asked = grows === true && next > 0 ? `${path}&after=${next}` : path;
        const headers = {
          Authorization: `Bearer ${token}`,
          ...(etag === '' ? {} : { 'If-None-Match': etag }),
        };
        const answer = await fetch(`${admin}${asked}`, { headers });
        tally.asked++;
        if (answer.status === 304) tally.unchanged++;
        else if (!answer.ok) tally.failures++;
        const text = await answer.text();
        if (answer.ok) {
          etag = answer.headers.get('ETag') ?? '';
          ({ next = 0 } = JSON.parse(text) as { next?: number });
        }
        await delay(Math.min(interval, Math.max(0, end - performance.now())));
      }
    }),
  );
  return tally;
}
