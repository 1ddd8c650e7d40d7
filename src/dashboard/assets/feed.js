import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ended } from './session.js';

/** Whether the router answers: `live`, or `lost` since then (Unix milliseconds). */
export const reach = signal({ kind: 'live', at: Date.now() });

const LONGEST_WAIT_MS = 15_000;

/**
 * Asks for something again and again, and not while nobody sees it. `state`: `asking`, `shown`, or `refused`, and then
 * `fault` has the status and the router's own words. What was shown last stays while the router does not answer.
 */
class Feed {
  constructor(address, interval, merge, before) {
    this.address = address;
    this.interval = interval;
    this.merge = merge;
    this.value = signal(before);
    this.state = signal('asking');
    this.fault = null;
    this.etag = null;
    this.failures = 0;
    this.look = () => (document.hidden ? this.pause() : this.next(0));
  }

  start() {
    this.runs = true;
    document.addEventListener('visibilitychange', this.look);
    this.next(0);
  }

  stop() {
    this.runs = false;
    document.removeEventListener('visibilitychange', this.look);
    this.pause();
  }

  /** Now rather than later. */
  hurry() {
    this.etag = null;
    this.next(0);
  }

  pause() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = null;
  }

  next(delay) {
    this.pause();
    if (this.runs && !document.hidden) this.timer = setTimeout(() => this.ask(), delay);
  }

  async ask() {
    const asking = new AbortController();
    this.asking = asking;
    const late = setTimeout(() => asking.abort(), LONGEST_WAIT_MS);
    let heard = false;
    try {
      const headers = this.etag === null ? {} : { 'If-None-Match': this.etag };
      const answer = await fetch(this.address(this.value.peek()), {
        headers,
        cache: 'no-store',
        signal: asking.signal,
      });
      heard = true;
      await this.take(answer);
    } catch {
      heard = false;
    } finally {
      clearTimeout(late);
    }
    // Somebody has hurried, or nobody wants to know any more.
    if (this.asking !== asking) return;
    this.failures = heard ? 0 : this.failures + 1;
    if (heard) reach.value = { kind: 'live', at: Date.now() };
    else if (reach.value.kind === 'live') reach.value = { kind: 'lost', at: reach.value.at };
    this.next(Math.min(LONGEST_WAIT_MS, this.interval * 2 ** Math.min(this.failures, 3)));
  }

  async take(answer) {
    if (answer.status === 304) return;
    if (answer.status === 401) {
      ended();
      return;
    }
    const told = await answer.json();
    if (answer.ok) {
      this.etag = answer.headers.get('ETag');
      this.value.value = this.merge(this.value.peek(), told);
      this.fault = null;
      this.state.value = 'shown';
      return;
    }
    this.fault = { status: answer.status, ...told };
    this.state.value = 'refused';
    this.value.value = null;
  }
}

const replace = (_before, now) => now;

/** @param address a text; another one is another feed, which shows what the last one did until it has something */
export function useFeed(address, interval, merge = replace) {
  const kept = useRef(null);
  if (kept.current?.key !== address) {
    const before = merge === replace ? (kept.current?.feed.value.peek() ?? null) : null;
    const of =
      merge === replace
        ? () => address
        : (value) => `${address}${value === null ? '' : `&after=${value.next}`}`;
    kept.current = { key: address, feed: new Feed(of, interval, merge, before) };
  }
  const { feed } = kept.current;
  useEffect(() => {
    feed.start();
    return () => feed.stop();
  }, [feed]);
  return feed;
}

const POINTS = 180;

/** What is new of a history is put behind what is known, unless the router has begun anew. */
export function grow(before, now) {
  if (before === null || now.first !== before.next) return now;
  const names = Object.keys(now.series);
  const series = names.map((name) => [name, [...before.series[name], ...now.series[name]].slice(-POINTS)]);
  return { ...now, series: Object.fromEntries(series) };
}

/** Once, with what the router answers; a fault has its own words. */
export async function tell(method, address, body) {
  const sent =
    method === 'GET'
      ? {}
      : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body ?? {}) };
  const answer = await fetch(address, { method, ...sent }).catch(() => null);
  if (answer === null) {
    return { ok: false, fault: { detail: 'the router does not answer', hint: 'try again in a moment' } };
  }
  if (answer.status === 401) ended();
  const told = await answer.json();
  return answer.ok ? { ok: true, value: told } : { ok: false, fault: told };
}
