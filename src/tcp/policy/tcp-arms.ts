import type { Seat } from '../../routing/seat.ts';
import { type Selected, selectorText } from '../../routing/selector.ts';
import { armAt, type Split } from '../../routing/split.ts';
import type { TcpBackend } from '../table/route.ts';
import { BackendGroup, type BackendState, type Choice, type Seeker, type Sharing } from './backend-group.ts';

interface TcpArm {
  /** From 1 on. */
  readonly weight: number;
  readonly group: BackendGroup;
}

/** A route's backends by the arms of its split, but for those without weight, which get nothing. */
export class TcpArms {
  /** Of all arms together. */
  readonly served: readonly TcpBackend[];
  readonly #arms: readonly TcpArm[];
  readonly #onEmpty: Split['onEmpty'];
  /** Selectors of the arms, by the backends' seats. */
  readonly #armOf = new Map<Seat, string>();

  /** @param turn where each arm's algorithm begins */
  constructor(split: Split, backends: readonly TcpBackend[], turn: number) {
    const { arms, onEmpty } = split;
    const byArm = arms.map((): TcpBackend[] => []);
    for (const backend of backends) {
      const at = armAt(split, selectedOf(backend));
      if (at < 0) continue;
      byArm[at]!.push(backend);
      this.#armOf.set(backend.seat, selectorText(arms[at]!.selector));
    }
    this.#arms = arms.flatMap(({ weight }, at) =>
      weight > 0 ? [{ weight, group: new BackendGroup(byArm[at]!, turn) }] : [],
    );
    this.served = this.#arms.flatMap(({ group }) => group.backends);
    this.#onEmpty = onEmpty;
  }

  /** The selector of the arm that a backend is of; null: of none. */
  armOf({ seat }: TcpBackend): string | null {
    return this.#armOf.get(seat) ?? null;
  }

  /** For a connection that has tried nobody: a backend of the arm that is drawn, or of another if the split says so. */
  best(seeker: Seeker, state: BackendState, nowSecond: number, sharing: Sharing): Choice {
    let outcome: 'full' | 'none' = 'none';
    for (const group of this.#inTurn(seeker.draw)) {
      const chosen = group.best(seeker, state, nowSecond, sharing);
      if (typeof chosen !== 'string' || this.#onEmpty === 'fail') return chosen;
      if (chosen === 'full') outcome = 'full';
    }
    return outcome;
  }

  /** The only arm in which there may be a backend for that draw; null: others would do. */
  only(draw: number): BackendGroup | null {
    if (this.#onEmpty !== 'fail') return null;
    const [drawn = null] = this.#inTurn(draw);
    return drawn;
  }

  /** The arm that is drawn, then those to which it passes on, by their weights again. */
  *#inTurn(draw: number): Generator<BackendGroup> {
    const left = [...this.#arms];
    let at = draw;
    while (left.length > 0) {
      let rest = at * left.reduce((sum, { weight }) => sum + weight, 0);
      let place = 0;
      while (place < left.length - 1 && rest >= left[place]!.weight) rest -= left[place++]!.weight;
      const { weight, group } = left.splice(place, 1)[0]!;
      // Where within the arm the draw has come to lie is as even as the draw itself was.
      at = rest / weight;
      yield group;
    }
  }
}

/** What selectors can ask of a TCP backend: no route of TCP says anything of applications, processes or tags. */
export function selectedOf({ host, port, instanceId }: TcpBackend): Selected {
  return { appId: '', tags: null, host, port, instanceId };
}
