import type { AdminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';
import type { CheckOutput } from './check.ts';
import { printable, printableJson } from './printable.ts';
import type { SplitAction, SplitCommand } from './split-arguments.ts';
import { textTable } from './text-table.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Characters. More than a terminal has: half a GUID would say nothing. */
const WIDTH = 400;
const HEAD = ['ARM', 'WEIGHT', 'SHARE', 'ENDPOINTS', 'APPLICATIONS'];

/** Shows or changes how the requests of a route are shared out; the exit code. */
export async function split(
  { address, action, json }: SplitCommand,
  { out, error }: CheckOutput,
): Promise<number> {
  const asked = await ask(address, action);
  if (asked.kind === 'failure') {
    error(asked.sentence);
    return 1;
  }
  const { value } = asked;
  if (json) out(`${printableJson(value)}\n`);
  else if (action.verb === 'show') out(action.route === null ? listText(value) : splitText(value));
  else out(`${doneText(action.verb)} ${text(value['route'])} (revision ${text(value['revision'])})\n`);
  return 0;
}

function ask(address: AdminAddress | null, action: SplitAction): ReturnType<typeof askAdmin> {
  if (action.route === null) return askAdmin(address, 'GET', '/v1/splits');
  const path = `/v1/splits/${encodeURIComponent(action.route)}`;
  switch (action.verb) {
    case 'show':
      return askAdmin(address, 'GET', path);
    case 'set':
      return askAdmin(address, 'PUT', path, action.split);
    case 'hold':
      return askAdmin(address, 'PUT', path, { hold: true });
    case 'clear':
      return askAdmin(address, 'DELETE', path);
  }
}

const DONE = {
  set: 'decided the split of',
  hold: 'holds what is newly mapped to',
  clear: 'took back the split of',
};

function doneText(verb: keyof typeof DONE): string {
  return DONE[verb];
}

function listText({ splits }: Fields): string {
  const all = Array.isArray(splits) ? splits : [];
  return all.length === 0
    ? 'no route has a split\n'
    : all.map((each) => splitText(each as Fields)).join('\n');
}

function splitText({
  route,
  revision,
  by,
  at,
  undecided,
  key,
  on_empty: onEmpty,
  arms,
  error,
}: Fields): string {
  const who = typeof by === 'string' && by !== '' ? ` by ${printable(by)}` : '';
  const title = `${text(route)}  revision ${text(revision)}, decided${who} at ${text(at)}\n`;
  if (typeof error === 'string') return `${title}this router cannot follow it: ${printable(error)}\n`;
  const known = (Array.isArray(arms) ? arms : []) as Fields[];
  const sum = known.reduce((total, { weight }) => total + (typeof weight === 'number' ? weight : 0), 0);
  const rows = known.map(({ selector, weight, endpoints, apps }) => [
    text(selector),
    text(weight),
    share(weight, sum),
    text(endpoints),
    Array.isArray(apps) ? apps.map(text).join(' ') : '-',
  ]);
  const alone = typeof undecided === 'string' ? `of this router alone: ${printable(undecided)}\n` : '';
  return `${title}${alone}users known by: ${text(key)}; an arm without endpoints: ${text(onEmpty)}\n${textTable(HEAD, rows, WIDTH)}`;
}

function share(weight: unknown, sum: number): string {
  return typeof weight === 'number' && sum > 0 ? `${((100 * weight) / sum).toFixed(2)} %` : '-';
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number'
    ? printable(String(value).slice(0, 300))
    : '-';
}
