import type { Standing } from '../route/agent-route.ts';
import type { Container } from './container.ts';
import { isLive, isSameRun, runOf } from './container.ts';
import { type ContainerRoute, type LabelReading, type LabelTerms, readRoutes } from './container-routes.ts';
import { SIGKILL } from './signal-number.ts';
import { standingOf } from './standing.ts';

/** A route of a container, with how it is doing. */
export interface FleetRoute {
  readonly container: Container;
  readonly route: ContainerRoute;
  readonly standing: Standing;
}

interface Member {
  readonly container: Container;
  readonly reading: LabelReading;
  isToldToStop: boolean;
}

/** What has become of the fleet with a container. */
export type Change =
  /** It was not there, or not in this run, or its labels are to be read otherwise: its reading is to be told. */
  | { readonly kind: 'new'; readonly reading: LabelReading }
  /** It is doing otherwise. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'same' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'none' };

/** The containers of a machine that run and have labels for us, as far as is known. */
export class Fleet {
  readonly #terms: LabelTerms;
  readonly #members = new Map<string, Member>();
  #stopping: ReadonlySet<string> = new Set();

  constructor(terms: LabelTerms) {
    this.#terms = terms;
  }

  /** Runs that somebody else has seen told to stop. */
  expect(stopping: ReadonlySet<string>): void {
    this.#stopping = stopping;
  }

  get size(): number {
    return this.#members.size;
  }

  get containers(): Container[] {
    return [...this.#members.values()].map(({ container }) => container);
  }

  get(id: string): Container | null {
    return this.#members.get(id)?.container ?? null;
  }

  /** Takes a container as it is now. */
  put(container: Container): Change {
    const former = this.#members.get(container.id);
    if (!isLive(container.status)) return this.drop(container.id);
    const isSame = former !== undefined && isSameRun(former.container, container);
    const reading = readRoutes(container, this.#terms);
    const isToldToStop = isSame ? former.isToldToStop : this.#stopping.has(runOf(container));
    this.#members.set(container.id, { container, reading, isToldToStop });
    if (!isSame || JSON.stringify(former.reading) !== JSON.stringify(reading))
      return { kind: 'new', reading };
    const { name, status, health } = former.container;
    const isDoingTheSame =
      name === container.name && status === container.status && health === container.health;
    return { kind: isDoingTheSame ? 'same' : 'changed' };
  }

  drop(id: string): Change {
    return { kind: this.#members.delete(id) ? 'gone' : 'none' };
  }

  /** Its processes are gone; `at` as in `ContainerEvent`. What is told late is not of a run that has begun since. */
  died(id: string, at: number): Change {
    const container = this.get(id);
    return container !== null && at !== 0 && at < container.startedAt ? { kind: 'none' } : this.drop(id);
  }

  /** It was sent a signal. Answers whether it is about to stop, and was not before. */
  signalled(id: string, signal: number): boolean {
    const member = this.#members.get(id);
    if (member === undefined || member.isToldToStop) return false;
    if (signal !== member.container.stopSignal && signal !== SIGKILL) return false;
    member.isToldToStop = true;
    return true;
  }

  /**
   * All that is wanted. Of several containers with one address, that their network has given them, only the one that was
   * started last has it still: of the others it is known too late that they have gone.
   */
  routes(): FleetRoute[] {
    const owners = new Map<string, Container>();
    const members = [...this.#members.values()];
    for (const { container, reading } of members) {
      for (const place of places(reading)) {
        const owner = owners.get(place);
        if (owner === undefined || owner.startedAt < container.startedAt) owners.set(place, container);
      }
    }
    return members.flatMap(({ container, reading, isToldToStop }) =>
      reading.routes
        .filter((route) => route.of === 'machine' || owners.get(placeOf(route)) === container)
        .map((route) => ({ container, route, standing: standingOf(container, isToldToStop) })),
    );
  }
}

function places({ routes }: LabelReading): string[] {
  return routes.filter(({ of }) => of === 'container').map(placeOf);
}

/** The address alone: all its ports are the same container's. */
function placeOf({ registration: { host } }: ContainerRoute): string {
  return host;
}
