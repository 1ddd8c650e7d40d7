import { setTimeout as delay } from 'node:timers/promises';
import type { AdminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';
import { type Fields, fieldsIn, textOf } from './answer-fields.ts';
import { printableJson } from './printable.ts';
import { requestColumns } from './request-line.ts';
import type { ShowOutput } from './show.ts';
import type { TapCommand } from './tap-arguments.ts';

/** Milliseconds between two looks. */
const PAUSE = 300;
/** Characters of a router's id. */
const SHORT_ID = 10;
/** For the first answers of routers that are stuck. Milliseconds. */
const LONGEST_SETTLING = 2000;

/** Shows requests as they end; the exit code. @param stop aborted when nobody wants to see more */
export async function tap(command: TapCommand, stop: AbortSignal, output: ShowOutput): Promise<number> {
  const { address, filter } = command;
  const begun = await askAdmin(address, 'POST', '/v1/taps', filter);
  if (begun.kind === 'failure') {
    output.error(begun.sentence);
    return 1;
  }
  const path = `/v1/taps/${encodeURIComponent(String(begun.value['id']))}`;
  try {
    return await look(command, path, stop, output);
  } finally {
    await askAdmin(address, 'DELETE', path);
  }
}

async function look(
  { address, most, lasts, json }: TapCommand,
  path: string,
  stop: AbortSignal,
  { out, error }: ShowOutput,
): Promise<number> {
  const ends = performance.now() + lasts;
  let [after, shown, dropped] = [0, 0, 0];
  const told = new Set<string>();
  for (;;) {
    const isLast = stop.aborted || performance.now() >= ends;
    const read = await readOnce(address, path, after);
    if (typeof read === 'string') {
      error(read);
      return 1;
    }
    for (const request of read.requests) {
      if (shown++ >= most) break;
      out.write(json ? `${JSON.stringify(JSON.parse(printableJson(request)))}\n` : lineOf(request));
    }
    after = read.next;
    if (read.dropped > dropped) error(`${read.dropped - dropped} more were not shown`);
    dropped = read.dropped;
    for (const { id, why } of read.silent) {
      // Once: a router that comes and goes is no news each time.
      if (!told.has(textOf(id))) error(`not looked at: ${textOf(id)}: ${textOf(why)}`);
      told.add(textOf(id));
    }
    const isOver = isLast || shown >= most;
    // Who is silent is known when all have been asked once.
    if (isOver && (read.settled || performance.now() > ends + LONGEST_SETTLING || stop.aborted)) return 0;
    const rest = isOver ? PAUSE : Math.max(1, ends - performance.now());
    await delay(Math.min(PAUSE, rest), undefined, { signal: stop }).catch(() => {});
  }
}

async function readOnce(address: AdminAddress | null, path: string, after: number) {
  const reply = await askAdmin(address, 'GET', `${path}?after=${after}`);
  if (reply.kind === 'failure') return reply.sentence;
  const { requests, next, dropped, not_asked: silent, settled } = reply.value;
  return {
    requests: fieldsIn(requests),
    silent: fieldsIn(silent),
    settled: settled !== false,
    next: Number(next),
    dropped: Number(dropped),
  };
}

function lineOf(request: Fields): string {
  const { at, id, router } = request;
  const time = new Date(Number(at)).toISOString().slice(11, 23);
  const columns = [time, ...requestColumns(request), textOf(id), textOf(router).slice(0, SHORT_ID)];
  return `${columns.join('  ')}\n`;
}
