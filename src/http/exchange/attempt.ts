import type { ArmTally } from '../../routing/arm-tally.ts';
import type { Arm } from '../../routing/arms.ts';
import type { Endpoint } from '../../routing/endpoint.ts';
import type { EndpointCells } from '../../routing/endpoint-cells.ts';
import type { Pool } from '../../routing/pool.ts';
import { Deadline, type DeadlineList } from '../../time/deadline.ts';
import type { Downstream } from '../downstream.ts';
import { armOutcome } from '../policy/arm-outcome.ts';
import type { FailureClass } from '../policy/failure.ts';
import type { Outcome } from '../policy/outcome.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Upstream } from '../upstream.ts';
import type { Destinations } from './destinations.ts';

/**
 * One try of an exchange at one endpoint, and all it holds meanwhile: a place among those under way at the backend, a
 * place among those that await its response, the way to it, and a limit of time. Reused: closed, then open, then closed
 * with an outcome, exactly once. To close or use one that is closed is a fault of ours, and thrown.
 */
export class Attempt {
  readonly #context: Pick<ProxyContext, 'now' | 'readClock'>;
  readonly #destinations: Pick<Destinations, 'cells' | 'blame'>;
  readonly #cells: EndpointCells;
  readonly #deadline: Deadline;
  #pool: Pool | null = null;
  /** `null`: closed. */
  #endpoint: Endpoint | null = null;
  #upstream: Upstream | null = null;
  /** Whether the backend takes no more of the request for now: what is sent to it again may be too much already. */
  isFull = false;
  /** Whether a place among those that await a response is held. */
  #awaits = false;
  /** Where it counts; `null`: nowhere. */
  #tally: ArmTally | null = null;
  #requestId = '';
  #begunAt = 0;
  /** Of the response. */
  #status = 0;
  #answeredAt = 0;

  constructor(
    context: Pick<ProxyContext, 'now' | 'readClock'>,
    destinations: Pick<Destinations, 'cells' | 'blame'>,
    owner: Pick<Downstream, 'kind' | 'panic'>,
    onTimeout: () => void,
  ) {
    this.#context = context;
    this.#destinations = destinations;
    this.#cells = destinations.cells;
    this.#deadline = new Deadline(owner, onTimeout);
  }

  get isOpen(): boolean {
    return this.#endpoint !== null;
  }

  get endpoint(): Endpoint {
    if (this.#endpoint === null) throw new Error('an attempt was used that is closed');
    return this.#endpoint;
  }

  get upstream(): Upstream {
    if (this.#upstream === null) throw new Error('an attempt was used that has no way to its backend');
    return this.#upstream;
  }

  /** Whether its pool still leads to the backend. */
  get isRouted(): boolean {
    const { backend } = this.endpoint;
    return !backend.isRetired && this.#pool!.endpoints.some((each) => each.backend === backend);
  }

  /**
   * `endpoint`: of this pool, as `EndpointChoice.next` has chosen it: both places are taken. `arm`: for which it counts;
   * `null`: for none.
   */
  open(pool: Pool, endpoint: Endpoint, arm: Arm | null = null, requestId = ''): void {
    if (this.#endpoint !== null) throw new Error('an attempt was opened that is open');
    this.#pool = pool;
    this.#endpoint = endpoint;
    this.#awaits = this.#cells.limits(endpoint.backend.seat);
    if (arm !== null) this.#countFor(arm.tally, requestId);
  }

  /** The way to the backend; another one when the backend turned out not to speak what the first was made for. */
  goBy(upstream: Upstream): void {
    if (this.#endpoint === null) throw new Error('an attempt was used that is closed');
    this.#upstream = upstream;
    this.isFull = false;
  }

  /** From now on it has so much time. */
  limit(list: DeadlineList): void {
    list.arm(this.#deadline, this.#context.now);
  }

  /** It may take as long as it wants. */
  unlimit(): void {
    this.#deadline.disarm();
  }

  /** The response has begun. */
  answered(status: number): void {
    if (this.#tally !== null) {
      this.#status = status;
      this.#answeredAt = this.#context.readClock();
    }
    this.#vacate();
  }

  #vacate(): void {
    const { endpoint } = this;
    if (!this.#awaits) return;
    this.#awaits = false;
    this.#cells.vacate(endpoint.backend.seat);
  }

  /** A failed one for which the backend is to blame: it is marked before its place is given back, after which the slot may be another's. */
  fail(failure: FailureClass, blames: boolean): void {
    if (blames) this.#destinations.blame(this.#pool!, this.endpoint, failure);
    this.close(failure);
  }

  close(outcome: Outcome): void {
    const { endpoint } = this;
    const { seat } = endpoint.backend;
    const upstream = this.#upstream;
    this.#deadline.disarm();
    this.#vacate();
    this.#count(outcome);
    this.#endpoint = null;
    this.#upstream = null;
    this.#pool = null;
    this.#cells.end(seat);
    if (outcome === 'answered') upstream?.release();
    else if (outcome !== 'tunnelled') upstream?.destroy();
  }

  #countFor(tally: ArmTally, requestId: string): void {
    this.#tally = tally;
    this.#requestId = requestId;
    this.#begunAt = this.#context.readClock();
    this.#status = 0;
    tally.begin();
  }

  #count(outcome: Outcome): void {
    const tally = this.#tally;
    if (tally === null) return;
    this.#tally = null;
    const status = this.#status;
    const until = status === 0 ? this.#context.readClock() : this.#answeredAt;
    tally.end(armOutcome(outcome, status), { id: this.#requestId, status, ms: until - this.#begunAt });
  }
}
