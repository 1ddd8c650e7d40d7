import { setTimeout as delay } from 'node:timers/promises';
import type { AdminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';
import { type CutoverSeen, cutoverSeen } from './cutover-state.ts';
import { cutoverView, type Look } from './cutover-view.ts';
import { printable } from './printable.ts';
import type { Terminal } from './progress.ts';

export interface FollowOutput {
  readonly out: Terminal;
  error(line: string): void;
}

type Note = CutoverSeen['notes'][number];

/** Milliseconds between two looks. */
const PAUSE = 1000;
/** What a router may be silent before it is given up: another may have to take its place. */
const PATIENCE = 60_000;
/** Rates are those of the last ten seconds. */
const LOOKS = 10;

/** Shows a cutover until it is over, or held; the exit code. */
export async function follow(
  address: AdminAddress | null,
  begun: CutoverSeen,
  json: boolean,
  { out, error }: FollowOutput,
): Promise<number> {
  const screen = new Screen(out, json);
  const { route, id, begunAt } = begun;
  const looks: Look[] = [];
  let seen: CutoverSeen | null = begun;
  let heardAt = performance.now();
  for (;;) {
    if (seen !== null) {
      heardAt = performance.now();
      looks.push({ at: heardAt, seen });
      if (looks.length > LOOKS) looks.shift();
      screen.show(looks);
      if (seen.exit !== null) {
        screen.end(seen);
        return seen.exit;
      }
    }
    await delay(PAUSE);
    const reply = await askAdmin(address, 'GET', `/v1/cutovers/${encodeURIComponent(route)}`);
    seen = reply.kind === 'answer' ? cutoverSeen(reply.value) : null;
    // A router that has just been started may remember the one before until it has read the store.
    if (seen !== null && seen.id !== id && seen.begunAt < begunAt) seen = null;
    if (seen !== null && seen.id !== id) {
      error(`another cutover of ${route} has begun: see it with cellgate cutover status ${route}`);
      return 1;
    }
    if (seen === null && performance.now() - heardAt > PATIENCE) {
      const why = reply.kind === 'failure' ? reply.sentence : 'the router answers as another version would';
      error(`${why}; the cutover goes on where it can: cellgate cutover status ${route}`);
      return 1;
    }
  }
}

/** In a terminal the last lines are drawn anew; elsewhere there is a line for each event. */
class Screen {
  readonly #out: Terminal;
  readonly #json: boolean;
  /** The last note that was said; null: none was. */
  #said: Note | null = null;
  #drawn = 0;

  constructor(out: Terminal, json: boolean) {
    this.#out = out;
    this.#json = json;
  }

  show(looks: readonly Look[]): void {
    const last = looks.at(-1)!;
    this.#wipe();
    const news = notesAfter(this.#said, last.seen.notes);
    for (const note of news) this.#say(note, last.seen);
    this.#said = news.at(-1) ?? this.#said;
    if (this.#json || this.#out.isTTY !== true || last.seen.exit !== null) return;
    const lines = cutoverView(looks[0]!, last, Date.now());
    this.#out.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  end(seen: CutoverSeen): void {
    if (this.#json) {
      const { phase, reason, exit } = seen;
      this.#out.write(`${JSON.stringify({ end: phase, reason, exit, safe_to_unmap: leaving(seen) })}\n`);
    } else for (const line of farewell(seen)) this.#out.write(`${line}\n`);
  }

  #say({ at, text }: Note, seen: CutoverSeen): void {
    if (this.#json) {
      this.#out.write(`${JSON.stringify({ at, phase: seen.phase, weight: seen.weight, text })}\n`);
    } else this.#out.write(`${at.slice(11, 19)}  ${printable(text)}\n`);
  }

  #wipe(): void {
    if (this.#drawn > 0) this.#out.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }
}

/** Of many notes a cutover keeps the last ones, and a router that has just been started may have fewer of them. */
export function notesAfter(said: Note | null, notes: readonly Note[]): readonly Note[] {
  if (said === null) return notes;
  const found = notes.findLastIndex(({ at, text }) => at === said.at && text === said.text);
  return found >= 0 ? notes.slice(found + 1) : notes.filter(({ at }) => at > said.at);
}

/** Who gets nothing any more; null: both do, or it is as before. */
function leaving({ phase, from, to }: CutoverSeen): string | null {
  if (phase === 'done') return from;
  return phase === 'reverted' || phase === 'not-begun' ? to : null;
}

/** What is safe now, and what to do next. */
export function farewell(seen: CutoverSeen): string[] {
  const { route, phase, from, arms } = seen;
  const gone = leaving(seen);
  const next = `cellgate cutover history ${route}`;
  if (phase === 'held') {
    return [`it is held: cellgate cutover resume ${route}, promote or abort`];
  }
  if (gone === null) return [];
  const open = (gone === from ? arms?.from : arms?.to)?.inFlight ?? 0;
  const still = open === 0 ? '' : `, once the ${open} still under way there are done`;
  const unmap = `safe to unmap and stop: ${printable(gone)}${still}`;
  return phase === 'not-begun' ? [`nothing was changed; ${next}`] : [`${unmap} (figures: ${next})`];
}
