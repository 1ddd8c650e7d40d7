import { readRegular } from '../snapshot/read-regular.ts';
import { type AdminFailure, askAdmin, NO_ROUTER } from './admin-client.ts';
import type { CheckOutput } from './check.ts';
import { printable } from './printable.ts';
import type { TableCommand } from './table-arguments.ts';

/** Bytes: what a router takes at once. */
const MOST_BYTES = 2 << 20;

/** Makes static routes of a table; the exit code. */
export async function tableImport(
  { file, address, ttlSeconds, dryRun }: Extract<TableCommand, { kind: 'table-import' }>,
  { out, error }: CheckOutput,
): Promise<number> {
  if (address === null) {
    error(NO_ROUTER);
    return 1;
  }
  const table = await readRegular(file, MOST_BYTES, (handle) => handle.readFile('utf8'));
  if (typeof table !== 'string') {
    error(`${printable(file)}: ${table?.reason ?? 'there is no such file'}`);
    return 1;
  }
  const body = { table, ttl_seconds: ttlSeconds, dry_run: dryRun };
  const reply = await askAdmin(address, 'POST', '/v1/table', body);
  if (reply.kind === 'failure') {
    for (const sentence of sentencesOf(reply, file)) error(sentence);
    return 1;
  }
  const { routes, endpoints, until } = reply.value;
  if (typeof until !== 'number' || typeof routes !== 'number' || typeof endpoints !== 'number') {
    error('the router answered without saying what it has done: use the cellgate of its version');
    return 1;
  }
  const what = `${counted(routes, 'route')} with ${counted(endpoints, 'endpoint')}`;
  out(`${dryRun ? 'would make' : 'made'} ${what} static until ${new Date(until).toISOString()}\n`);
  return 0;
}

/** One for each bad line. */
function sentencesOf({ sentence, value }: AdminFailure, file: string): string[] {
  const faults = value?.['faults'];
  if (!Array.isArray(faults)) return [sentence];
  return [
    ...faults.map((fault: { line?: unknown; reason?: unknown } | null) => {
      const where = typeof fault?.line === 'number' ? `:${fault.line}` : '';
      return `${printable(file)}${where}: ${printable(String(fault?.reason))}`;
    }),
    'nothing has been changed',
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
