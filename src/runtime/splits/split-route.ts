import { uriProblem } from '../../bus/route-spelling.ts';
import { routeKey } from '../../routing/route-key.ts';
import {
  looksLikeTcpRoute,
  readRouteName,
  routeNameText,
  type TcpRouteName,
} from '../../tcp/table/route-name.ts';

/** A route as commands and decisions name it: `text`, of which there is one for each route. */
export type SplitRoute =
  | { readonly kind: 'http'; readonly text: string }
  | { readonly kind: 'tcp'; readonly text: string; readonly name: TcpRouteName };

/** Null: it begins as routes of TCP do, and is none. */
export function readSplitRoute(written: string): SplitRoute | null {
  if (!looksLikeTcpRoute(written)) return { kind: 'http', text: routeKey(written) };
  const name = readRouteName(written);
  return name === null ? null : { kind: 'tcp', text: routeNameText(name), name };
}

/** Why no table will ever have such a route, in one sentence; null: one may. @param written as the operator has it */
export function routeFault({ kind }: SplitRoute, written: string): string | null {
  const wrong = kind === 'http' ? uriProblem(written) : undefined;
  return wrong === undefined ? null : `route: ${wrong}`;
}
