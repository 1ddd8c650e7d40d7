import { literalTokens } from './subject.ts';

export interface Subscribed {
  /** A valid subject, wildcards allowed. */
  readonly subject: string;
  /** Name of the queue group; empty for a subscriber of its own. */
  readonly queue: string;
}

export interface Match<S> {
  /** Each of these gets the message. */
  readonly plain: readonly S[];
  /** One member of each of these gets the message. A group spans every matching subject it subscribed to. */
  readonly groups: readonly (readonly S[])[];
}

interface Level<S> {
  readonly literal: Map<string, Level<S>>;
  any: Level<S> | undefined;
  /** Subscriptions that end at this level. */
  readonly here: Set<S>;
  /** Subscriptions that end with `>` below this level. */
  readonly rest: Set<S>;
}

interface Collected<S> {
  readonly plain: S[];
  readonly groups: [S, ...S[]][];
}

/** All subscriptions of a bus, as a trie over the tokens of their subjects. */
export class SubscriptionIndex<S extends Subscribed> {
  readonly #root: Level<S> = newLevel();
  #size = 0;
  /** Kept for the next message: a storm of registrations is on one subject. */
  #lastSubject: string | undefined;
  #lastMatch: Match<S> = { plain: [], groups: [] };

  get size(): number {
    return this.#size;
  }

  add(subscription: S): void {
    let level = this.#root;
    for (const token of subscription.subject.split('.')) {
      if (token === '>') break;
      let next = token === '*' ? level.any : level.literal.get(token);
      if (next === undefined) {
        next = newLevel<S>();
        if (token === '*') level.any = next;
        else level.literal.set(token, next);
      }
      level = next;
    }
    endOf(level, subscription).add(subscription);
    this.#lastSubject = undefined;
    this.#size++;
  }

  /** Does nothing when the subscription is not in the index. */
  remove(subscription: S): void {
    const path: { parent: Level<S>; token: string }[] = [];
    let level = this.#root;
    for (const token of subscription.subject.split('.')) {
      if (token === '>') break;
      const next = token === '*' ? level.any : level.literal.get(token);
      if (next === undefined) return;
      path.push({ parent: level, token });
      level = next;
    }
    if (!endOf(level, subscription).delete(subscription)) return;
    this.#lastSubject = undefined;
    this.#size--;
    for (let step = path.pop(); step !== undefined && isEmpty(level); step = path.pop()) {
      if (step.token === '*') step.parent.any = undefined;
      else step.parent.literal.delete(step.token);
      level = step.parent;
    }
  }

  /** Who gets a message on `subject`: nobody when it is not a subject that can be published to. */
  match(subject: string): Match<S> {
    if (subject === this.#lastSubject) return this.#lastMatch;
    const found: Collected<S> = { plain: [], groups: [] };
    const tokens = literalTokens(subject);
    if (tokens !== undefined) collect(this.#root, tokens, 0, found);
    this.#lastSubject = subject;
    this.#lastMatch = found;
    return found;
  }
}

function newLevel<S>(): Level<S> {
  return { literal: new Map(), any: undefined, here: new Set(), rest: new Set() };
}

function endOf<S extends Subscribed>(level: Level<S>, subscription: S): Set<S> {
  const { subject } = subscription;
  return subject === '>' || subject.endsWith('.>') ? level.rest : level.here;
}

function isEmpty<S>(level: Level<S>): boolean {
  return (
    level.here.size === 0 && level.rest.size === 0 && level.literal.size === 0 && level.any === undefined
  );
}

function collect<S extends Subscribed>(
  level: Level<S>,
  tokens: readonly string[],
  depth: number,
  found: Collected<S>,
): void {
  if (depth === tokens.length) {
    addAll(level.here, found);
    return;
  }
  addAll(level.rest, found);
  if (level.any !== undefined) collect(level.any, tokens, depth + 1, found);
  const literal = level.literal.get(tokens[depth]!);
  if (literal !== undefined) collect(literal, tokens, depth + 1, found);
}

function addAll<S extends Subscribed>(subscriptions: Set<S>, found: Collected<S>): void {
  for (const subscription of subscriptions) {
    if (subscription.queue === '') {
      found.plain.push(subscription);
      continue;
    }
    const group = found.groups.find(([first]) => first.queue === subscription.queue);
    if (group === undefined) found.groups.push([subscription]);
    else group.push(subscription);
  }
}
