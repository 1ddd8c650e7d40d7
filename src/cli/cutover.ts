import { once } from '../boundary/events.ts';
import { ONE_MESSAGE } from '../boundary/owner.ts';
import type { AdminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';
import type { CutoverCommand, CutoverVerb } from './cutover-arguments.ts';
import { type FollowOutput, farewell, follow } from './cutover-follow.ts';
import { historyText } from './cutover-history.ts';
import { type CutoverSeen, cutoverSeen } from './cutover-state.ts';
import { cutoverView } from './cutover-view.ts';
import { printable, printableJson } from './printable.ts';
import { EX_USAGE } from './usage-error.ts';

type Fields = Readonly<Record<string, unknown>>;

const OTHER_VERSION = 'the router answers as another version would: use the cellgate of its version';
/** As a shell has it of what Ctrl-C ends. */
const INTERRUPTED = 130;

/** Begins a cutover and shows it, or shows or steers one; the exit code. */
export async function cutover(
  { address, action, json }: CutoverCommand,
  output: FollowOutput,
): Promise<number> {
  if (action.verb === 'begin') return begin(address, action.order, json, output);
  const route = action.route ?? (await onlyRoute(address));
  if (typeof route !== 'string') {
    output.error(route.sentence);
    return 1;
  }
  return action.verb === 'status' || action.verb === 'history'
    ? show(address, action.verb, route, json, output)
    : order(address, action.verb, route, json, output);
}

async function begin(
  address: AdminAddress | null,
  wish: object,
  json: boolean,
  output: FollowOutput,
): Promise<number> {
  const reply = await askAdmin(address, 'POST', '/v1/cutovers', wish);
  const begun = reply.kind === 'answer' ? cutoverSeen(reply.value) : null;
  if (begun === null) {
    output.error(reply.kind === 'failure' ? reply.sentence : OTHER_VERSION);
    // Its answer may be lost of what it has begun.
    if (address !== null && reply.kind === 'failure' && reply.value === null) {
      output.error('should it have begun all the same, cellgate cutover status shows it');
    }
    // The router reads what was written on the command line.
    return reply.kind === 'failure' && reply.value?.['error'] === 'bad-cutover' ? EX_USAGE : 1;
  }
  const { route } = begun;
  const interrupted = new Promise<number>((resolve) => {
    once(process, 'SIGINT', ONE_MESSAGE, () => {
      output.error(`it goes on: cellgate cutover status ${printable(route)} shows it, abort ends it`);
      resolve(INTERRUPTED);
    });
  });
  return Promise.race([follow(address, begun, json, output), interrupted]);
}

async function show(
  address: AdminAddress | null,
  verb: 'status' | 'history',
  route: string,
  json: boolean,
  { out, error }: FollowOutput,
): Promise<number> {
  const path = `/v1/cutovers/${encodeURIComponent(route)}${verb === 'history' ? '/history' : ''}`;
  const reply = await askAdmin(address, 'GET', path);
  if (reply.kind === 'failure') {
    error(reply.sentence);
    return 1;
  }
  const seen = cutoverSeen(reply.value);
  if (seen === null) {
    error(OTHER_VERSION);
    return 1;
  }
  if (json) out.write(`${printableJson(reply.value)}\n`);
  else if (verb === 'history') out.write(historyText(reply.value, seen));
  else out.write(`${(await statusLines(address, path, seen)).join('\n')}\n`);
  return 0;
}

/** Rates take two looks. */
async function statusLines(
  address: AdminAddress | null,
  path: string,
  first: CutoverSeen,
): Promise<readonly string[]> {
  const before = { at: performance.now(), seen: first };
  const again = first.over ? null : await askAdmin(address, 'GET', path);
  const seen = again?.kind === 'answer' ? (cutoverSeen(again.value) ?? first) : first;
  const last = { at: performance.now(), seen };
  const note = seen.notes.at(-1);
  return [
    ...cutoverView(before, last, Date.now()),
    ...(note === undefined ? [] : [printable(`${note.at.slice(11, 19)}  ${note.text}`)]),
    ...(seen.exit === null ? [] : farewell(seen)),
  ];
}

async function order(
  address: AdminAddress | null,
  verb: CutoverVerb,
  route: string,
  json: boolean,
  { out, error }: FollowOutput,
): Promise<number> {
  const reply = await askAdmin(address, 'POST', `/v1/cutovers/${encodeURIComponent(route)}/${verb}`);
  if (reply.kind === 'failure') {
    error(reply.sentence);
    return 1;
  }
  if (json) out.write(`${printableJson(reply.value)}\n`);
  else out.write(`${printable(cutoverSeen(reply.value)?.notes.at(-1)?.text ?? verb)}\n`);
  return 0;
}

/** The route of the only cutover that is not over, or else of the only one. */
async function onlyRoute(address: AdminAddress | null): Promise<string | { readonly sentence: string }> {
  const reply = await askAdmin(address, 'GET', '/v1/cutovers');
  if (reply.kind === 'failure') return { sentence: reply.sentence };
  const { cutovers } = reply.value;
  const all = (Array.isArray(cutovers) ? cutovers : []).map((each) => cutoverSeen(each as Fields));
  const known = all.filter((each) => each !== null);
  const running = known.filter(({ over }) => !over);
  const candidates = running.length > 0 ? running : known;
  const [one, other] = candidates;
  if (one !== undefined && other === undefined) return one.route;
  if (one === undefined)
    return { sentence: 'there has been no cutover: cellgate cutover --help says how one begins' };
  return {
    sentence: `name one of these routes: ${candidates.map(({ route }) => printable(route)).join(', ')}`,
  };
}
