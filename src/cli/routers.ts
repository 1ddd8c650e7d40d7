import type { AdminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';
import type { CheckOutput } from './check.ts';
import { printable, printableJson } from './printable.ts';
import { textTable } from './text-table.ts';

/** Characters, so that it fits a terminal that is not maximised. */
const WIDTH = 100;
/** Of an id; more only where two begin alike. */
const SHORT_ID = 8;

const HEAD = ['ID', 'VERSION', 'ADDRESS', 'STATE', 'ROUTES', 'GENERATION', 'DECISIONS', 'HEARD'];

/** Prints the routers that answer the roll-call; the exit code. @param address null: nobody has named one */
export async function routers(
  address: AdminAddress | null,
  asJson: boolean,
  { out, error }: CheckOutput,
): Promise<number> {
  const reply = await askAdmin(address, 'GET', '/v1/routers');
  if (reply.kind === 'failure') {
    error(reply.sentence);
    return 1;
  }
  const { routers: found } = reply.value;
  if (!Array.isArray(found)) {
    error('the router answered without a list of routers: use the cellgate of its version');
    return 1;
  }
  out(asJson ? `${printableJson(reply.value)}\n` : routersTable(found));
  return 0;
}

/** @param found as GET /v1/routers has them; what is missing is a dash */
export function routersTable(found: readonly unknown[]): string {
  const all = found.map((each) => (typeof each === 'object' && each !== null ? each : {}));
  const read = (router: object, key: string): string => {
    const value = (router as Record<string, unknown>)[key];
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' && value !== '' ? printable(value.slice(0, WIDTH)) : '-';
  };
  const ids = all.map((router) => read(router, 'id'));
  const length = distinctLength(ids);
  const rows = all.map((router, at) => [
    ids[at]!.slice(0, length),
    ...['version', 'address', 'state', 'routes', 'generation', 'decisions'].map((key) => read(router, key)),
    heard((router as Record<string, unknown>)['heard_ms']),
  ]);
  return textTable(HEAD, rows, WIDTH);
}

function heard(milliseconds: unknown): string {
  if (typeof milliseconds !== 'number') return '-';
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 1 ? 'now' : `${seconds} s ago`;
}

/** So many characters tell all ids apart. */
function distinctLength(ids: readonly string[]): number {
  const different = new Set(ids).size;
  let length = SHORT_ID;
  while (length < WIDTH && new Set(ids.map((id) => id.slice(0, length))).size < different) length++;
  return length;
}
