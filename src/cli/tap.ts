import { setTimeout as delay } from 'node:timers/promises';
import type { AdminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';
import { type Fields, fieldsIn, textOf } from './answer-fields.ts';
import { printable, printableJson } from './printable.ts';
import type { ShowOutput } from './show.ts';
import type { TapCommand } from './tap-arguments.ts';

/** Milliseconds between two looks. */
const PAUSE = 300;

/** Shows requests as they end; the exit code. @param stop aborted when nobody wants to see more */
export async function tap(command: TapCommand, stop: AbortSignal, output: ShowOutput): Promise<number> {
  const { address, filter } = command;
  const begun = await askAdmin(address, 'POST', '/v1/taps', filter);
  if (begun.kind === 'failure') {
    output.error(begun.sentence);
    return 1;
  }
  const { id, not_asked: others } = begun.value;
  const path = `/v1/taps/${encodeURIComponent(String(id))}`;
  if (Array.isArray(others) && others.length > 0) {
    output.error(
      `this router alone is looked at; name others with --admin: ${others.map(String).map(printable).join(', ')}`,
    );
  }
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
    if (isLast || shown >= most) return 0;
    await delay(Math.min(PAUSE, Math.max(1, ends - performance.now())), undefined, { signal: stop }).catch(
      () => {},
    );
  }
}

async function readOnce(address: AdminAddress | null, path: string, after: number) {
  const reply = await askAdmin(address, 'GET', `${path}?after=${after}`);
  if (reply.kind === 'failure') return reply.sentence;
  const { requests, next, dropped } = reply.value;
  return {
    requests: fieldsIn(requests),
    next: Number(next),
    dropped: Number(dropped),
  };
}

function lineOf({ at, status, took, host, line, instance, endpoint, routerError, id }: Fields): string {
  const parts = [
    new Date(Number(at)).toISOString().slice(11, 23),
    String(Number(status)),
    `${Number(took).toFixed(1)} ms`.padStart(10),
    textOf(host),
    textOf(line),
    `-> ${textOf(instance) || textOf(endpoint) || 'nobody'}`,
    ...(textOf(routerError) === '' ? [] : [textOf(routerError)]),
    textOf(id),
  ];
  return `${parts.join('  ')}\n`;
}
