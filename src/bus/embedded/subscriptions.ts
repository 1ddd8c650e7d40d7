import { isLiteralSubject } from './subject.ts';

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

/**
 * A branch of the trie. It has as many tokens as all subjects below have in common, not one: what a subject costs is its
 * text and two branches at most, however many tokens it has.
 */
interface Branch<S> {
  /** Tokens, without the dots around them; only the root has none. */
  label: string;
  /** By the first token of their labels. */
  below: Map<string, Branch<S>> | null;
  /** Subscriptions that end here. */
  here: Set<S> | null;
}

interface Collected<S> {
  readonly plain: S[];
  readonly groups: [S, ...S[]][];
}

const DOT = 0x2e;
const NO_MATCH = -1;

/** All subscriptions of a bus, as a trie over the tokens of their subjects. */
export class SubscriptionIndex<S extends Subscribed> {
  readonly #root: Branch<S> = { label: '', below: null, here: null };
  #size = 0;
  /** Kept for the next message: a storm of registrations is on one subject. */
  #lastSubject: string | undefined;
  #lastMatch: Match<S> = { plain: [], groups: [] };

  get size(): number {
    return this.#size;
  }

  add(subscription: S): void {
    let branch = this.#root;
    let rest = subscription.subject;
    while (rest !== '') {
      const next = branch.below?.get(firstToken(rest));
      if (next === undefined) {
        const leaf = { label: rest, below: null, here: null };
        putBelow(branch, leaf);
        branch = leaf;
        break;
      }
      const common = commonTokens(next.label, rest);
      branch = common === next.label.length ? next : split(branch, next, common);
      rest = rest.slice(common + 1);
    }
    branch.here ??= new Set();
    branch.here.add(subscription);
    this.#lastSubject = undefined;
    this.#size++;
  }

  /** Does nothing when the subscription is not in the index. */
  remove(subscription: S): void {
    const path: Branch<S>[] = [this.#root];
    let branch = this.#root;
    for (let rest = subscription.subject; rest !== ''; rest = rest.slice(branch.label.length + 1)) {
      const next = branch.below?.get(firstToken(rest));
      if (next === undefined || commonTokens(next.label, rest) < next.label.length) return;
      branch = next;
      path.push(branch);
    }
    if (branch.here?.delete(subscription) !== true) return;
    if (branch.here.size === 0) branch.here = null;
    this.#lastSubject = undefined;
    this.#size--;
    this.#tidy(path);
  }

  /** Who gets a message on `subject`: nobody when it is not a subject that can be published to. */
  match(subject: string): Match<S> {
    if (subject === this.#lastSubject) return this.#lastMatch;
    const found: Collected<S> = { plain: [], groups: [] };
    if (isLiteralSubject(subject)) collect(this.#root, subject, 0, found);
    this.#lastSubject = subject;
    this.#lastMatch = found;
    return found;
  }

  /** The last branch of a path has lost a subscription: what is of no use goes, or becomes a part of the one below. */
  #tidy(path: readonly Branch<S>[]): void {
    for (let at = path.length - 1; at > 0; at--) {
      const branch = path[at]!;
      if (branch.here !== null || (branch.below?.size ?? 0) > 1) return;
      if (branch.below === null) takeFrom(path[at - 1]!, branch);
      else {
        const [only] = branch.below.values();
        branch.label = `${branch.label}.${only!.label}`;
        branch.here = only!.here;
        branch.below = only!.below;
        return;
      }
    }
  }
}

function firstToken(subject: string): string {
  const dot = subject.indexOf('.');
  return dot < 0 ? subject : subject.slice(0, dot);
}

/** Characters of the whole tokens with which both begin, the dot behind them not counted. */
function commonTokens(a: string, b: string): number {
  let common = 0;
  for (let at = 0; ; at++) {
    const aEnds = at === a.length || a.charCodeAt(at) === DOT;
    const bEnds = at === b.length || b.charCodeAt(at) === DOT;
    if (aEnds && bEnds) {
      common = at;
      if (at === a.length || at === b.length) return common;
    } else if (aEnds || bEnds || a.charCodeAt(at) !== b.charCodeAt(at)) return common;
  }
}

function putBelow<S>(branch: Branch<S>, child: Branch<S>): void {
  branch.below ??= new Map();
  branch.below.set(firstToken(child.label), child);
}

function takeFrom<S>(branch: Branch<S>, child: Branch<S>): void {
  branch.below?.delete(firstToken(child.label));
  if (branch.below?.size === 0) branch.below = null;
}

/** A branch for the first `common` characters of `child`, which is below it from now on. */
function split<S>(parent: Branch<S>, child: Branch<S>, common: number): Branch<S> {
  const middle = { label: child.label.slice(0, common), below: null, here: null };
  putBelow(parent, middle);
  child.label = child.label.slice(common + 1);
  putBelow(middle, child);
  return middle;
}

/** @param from where in the subject those tokens begin that the branches above have not taken; at most one beyond its end */
function collect<S extends Subscribed>(
  branch: Branch<S>,
  subject: string,
  from: number,
  found: Collected<S>,
): void {
  if (from > subject.length && branch.here !== null) addAll(branch.here, found);
  if (from > subject.length || branch.below === null) return;
  const dot = subject.indexOf('.', from);
  const token = subject.slice(from, dot < 0 ? subject.length : dot);
  for (const first of [token, '*', '>']) {
    const next = branch.below.get(first);
    if (next === undefined) continue;
    const end = matchedUpTo(next.label, subject, from);
    if (end !== NO_MATCH) collect(next, subject, end, found);
  }
}

/** Where the token behind those begins that a label stands for, one beyond the end where there is none. */
function matchedUpTo(label: string, subject: string, from: number): number {
  let at = from;
  for (let start = 0; start <= label.length; ) {
    if (at > subject.length) return NO_MATCH;
    const dot = label.indexOf('.', start);
    const end = dot < 0 ? label.length : dot;
    const subjectDot = subject.indexOf('.', at);
    const subjectEnd = subjectDot < 0 ? subject.length : subjectDot;
    const isOne = end - start === 1;
    if (isOne && label[start] === '>') return subject.length + 1;
    const isAny = isOne && label[start] === '*';
    if (!isAny && (end - start !== subjectEnd - at || !subject.startsWith(label.slice(start, end), at)))
      return NO_MATCH;
    start = end + 1;
    at = subjectEnd + 1;
  }
  return at;
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
