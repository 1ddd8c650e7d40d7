import { getHeapStatistics } from 'node:v8';
import { REQUESTS, type ThreadCounters } from '../../telemetry/counters.ts';
import type { ConnectionLoads } from './connection-loads.ts';
import { giveBackMemory } from './give-back.ts';

/** Looks one after the other that have to find a thread at rest. */
const LOOKS = 10;
/** Of its time, in CPU seconds a second: what its timers take, and no more than a few messages of tunnels. */
const AT_REST = 0.05;
/** With more of them what the heap holds is theirs: to go over it takes long, and frees little. */
const MOST_CLIENTS = 100;
/** What a rush has to leave for it to be worth the pause. Bytes. */
const LEAST = 16 * 1024 * 1024;
/** A larger heap would hold up whoever comes meanwhile for longer than that is worth. Bytes. */
const LARGEST = 128 * 1024 * 1024;

/** What is looked at, and done. */
interface Thread {
  /** Their connections. */
  clients(): number;
  /** Requests so far. */
  requests(): number;
  /** CPU seconds so far. */
  cpu(): number;
  /** Monotonic seconds. */
  now(): number;
  /** What its heap takes of the system. */
  heapBytes(): number;
  giveBack(): void;
}

/**
 * Has a thread that has come to rest give back what a rush has left. V8 clears its heap when it grows further, and so
 * one that is left alone keeps all that it had: of connections that are gone, and of what they had read.
 */
export class RestWatch {
  readonly #thread: Thread;
  #restful = 0;
  #requests = 0;
  #cpu = 0;
  #lookedAt = 0;
  /** What its heap took when it was last cleared, and the least that it has taken at rest since. */
  #least = Number.POSITIVE_INFINITY;

  constructor(thread: Thread) {
    this.#thread = thread;
  }

  /** Its heap has been cleared, and nothing has come yet. */
  begin(): void {
    this.#least = this.#thread.heapBytes();
  }

  /** To be called again and again, a few times a second. */
  look(): void {
    this.#restful = this.#isAtRest() ? this.#restful + 1 : 0;
    if (this.#restful < LOOKS) return;
    const bytes = this.#thread.heapBytes();
    if (bytes < this.#least + LEAST) {
      this.#least = Math.min(this.#least, bytes);
      return;
    }
    this.#thread.giveBack();
    this.#restful = 0;
    // What is not garbage stays: it is not tried again before there is as much more.
    this.#least = this.#thread.heapBytes();
  }

  #isAtRest(): boolean {
    const [requests, cpu, now] = [this.#thread.requests(), this.#thread.cpu(), this.#thread.now()];
    const isQuiet = requests === this.#requests && cpu - this.#cpu < AT_REST * (now - this.#lookedAt);
    this.#requests = requests;
    this.#cpu = cpu;
    this.#lookedAt = now;
    return isQuiet && this.#thread.clients() <= MOST_CLIENTS;
  }
}

/** This one. */
export function ownThread(
  lane: number,
  loads: Pick<ConnectionLoads, 'count'>,
  counters: Pick<ThreadCounters, 'get'>,
): Thread {
  return {
    // Of TCP ports too, and those that are still in front of their first request.
    clients: () => loads.count(lane) ?? 0,
    requests: () => counters.get(REQUESTS),
    cpu() {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1e6;
    },
    now: () => performance.now() / 1000,
    heapBytes: () => getHeapStatistics().total_heap_size,
    giveBack: () => giveBackMemory(LARGEST),
  };
}
