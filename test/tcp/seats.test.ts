import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { Epochs } from '../../src/registry/epochs.ts';
import { Limbo } from '../../src/registry/limbo.ts';
import { Seats } from '../../src/registry/seats.ts';
import { EndpointCells } from '../../src/routing/endpoint-cells.ts';
import { EndpointMemory } from '../../src/routing/endpoint-memory.ts';
import { type Seat, slotOf } from '../../src/routing/seat.ts';
import type { TcpRegistration } from '../../src/tcp/table/route.ts';
import { SharedSeats } from '../../src/tcp/table/shared-seats.ts';
import { PLAIN } from '../../src/tcp/table/terms.ts';

const SLOTS = 6;
const THREADS = 2;

function registration(host: string, instanceId: string): TcpRegistration {
  return {
    owner: 'bus',
    port: 2000,
    sni: '',
    host,
    backendPort: 80,
    instanceId,
    isolationSegment: '',
    lifetime: 0,
    terms: PLAIN,
    tag: null,
  };
}

/** Who is where, as the control thread or a thread that is behind knows it. */
type View = ReadonlyMap<string, Seat>;

/** The control thread's seats, threads that follow as they like, and connections at backends. */
class Model {
  readonly #memory = new EndpointMemory(THREADS, SLOTS);
  readonly #applied = new Int32Array(new SharedArrayBuffer(THREADS * 4));
  readonly #epochs = new Epochs(this.#applied.buffer);
  readonly #seats = new SharedSeats(new Seats(this.#memory, SLOTS), (free) => new Limbo(this.#epochs, free));
  readonly #routed = new Map<string, Seat>();
  readonly #threads = Array.from({ length: THREADS }, (_, thread) => ({
    cells: new EndpointCells(this.#memory.buffers, thread),
    inbox: [] as { epoch: number; view: View }[],
    view: new Map() as View,
    open: [] as { who: string; seat: Seat }[],
  }));

  constructor() {
    for (let thread = 0; thread < THREADS; thread++) this.#epochs.restart(thread);
  }

  toggle(host: string, instance: string): void {
    const who = `${host} ${instance}`;
    const given = registration(host, instance);
    if (this.#routed.delete(who)) this.#seats.release(given);
    else {
      const seat = this.#seats.acquire(given);
      if (seat !== 'full') this.#routed.set(who, seat);
    }
  }

  send(): void {
    const batch = { epoch: this.#epochs.next(), view: new Map(this.#routed) };
    for (const { inbox } of this.#threads) inbox.push(batch);
  }

  apply(thread: number): void {
    const follower = this.#threads[thread]!;
    const batch = follower.inbox.shift();
    if (batch === undefined) return;
    follower.view = batch.view;
    Atomics.store(this.#applied, thread, batch.epoch);
  }

  connect(thread: number): void {
    const { cells, view, open } = this.#threads[thread]!;
    for (const [who, seat] of view) {
      // What a thread knows is never somebody else's, however far behind it is.
      assert.equal(cells.beginBelow(seat, 1000), true);
      open.push({ who, seat });
    }
  }

  disconnect(thread: number): void {
    const { cells, open } = this.#threads[thread]!;
    const first = open.shift();
    if (first !== undefined) cells.end(first.seat);
  }

  check(): void {
    const holders = new Map<number, string>();
    const views = [
      this.#routed,
      ...this.#threads.flatMap(({ view, inbox }) => [view, ...inbox.map((b) => b.view)]),
    ];
    const named = views.flatMap((view) => [...view].map(([who, seat]) => ({ who, seat })));
    for (const { who, seat } of [...named, ...this.#threads.flatMap(({ open }) => open)]) {
      assert.equal(holders.get(slotOf(seat)) ?? who, who);
      holders.set(slotOf(seat), who);
    }
  }

  /** Everybody goes, and every slot is free again. */
  end(): void {
    for (const who of [...this.#routed.keys()]) this.toggle(...(who.split(' ') as [string, string]));
    for (let thread = 0; thread < THREADS; thread++) {
      while (this.#threads[thread]!.open.length > 0) this.disconnect(thread);
    }
    this.send();
    for (let thread = 0; thread < THREADS; thread++) {
      while (this.#threads[thread]!.inbox.length > 0) this.apply(thread);
    }
    this.#epochs.sweep();
    this.#epochs.sweep();
    for (let each = 0; each < SLOTS; each++) {
      assert.notEqual(this.#seats.acquire(registration('10.0.0.9', String(each))), 'full');
    }
  }
}

test("a slot is one backend's for as long as a route, a thread that is behind or a connection knows it", () => {
  const thread = fc.nat(THREADS - 1);
  const step = fc.oneof(
    fc.record({
      verb: fc.constant('toggle' as const),
      host: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
      instance: fc.constantFrom('i', 'j'),
    }),
    fc.record({ verb: fc.constant('send' as const) }),
    fc.record({ verb: fc.constantFrom('apply' as const, 'connect' as const, 'disconnect' as const), thread }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const model = new Model();
      for (const each of steps) {
        if (each.verb === 'toggle') model.toggle(each.host, each.instance);
        else if (each.verb === 'send') model.send();
        else model[each.verb](each.thread);
        model.check();
      }
      model.end();
    }),
    { numRuns: 500 },
  );
});
