import { type OwnLines, ownLines } from '../message/own-lines.ts';

/** `http_rewrite.responses` of the configuration. Plain data. */
export interface ResponseRewrite {
  /** Lower-case names. */
  readonly remove: readonly string[];
  /** In their order; several of one name are all added, or none when the response has one already. */
  readonly add: readonly { readonly name: string; readonly value: string }[];
}

/** These frame the message or steer the connection; what the operator writes here would break both. */
const UNTOUCHABLE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'connection']);

/** What the configuration asks for; `null` when that is nothing. */
export function responseRewrite(
  remove: readonly { readonly name: string }[],
  add: readonly { readonly name: string; readonly value: string }[],
): ResponseRewrite | null {
  const touchable = ({ name }: { readonly name: string }) => !UNTOUCHABLE.has(name.toLowerCase());
  const rewrite = {
    remove: remove.filter(touchable).map(({ name }) => name.toLowerCase()),
    add: add.filter(touchable).map(({ name, value }) => ({ name: canonical(name), value })),
  };
  return rewrite.remove.length + rewrite.add.length === 0 ? null : rewrite;
}

/** Removes first, then adds (docs/compatibility.md §3.4). */
export function rewrittenLines({ fields }: OwnLines, rewrite: ResponseRewrite): OwnLines {
  const left: string[] = [];
  const present = new Set<string>();
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!.toLowerCase();
    if (rewrite.remove.includes(name)) continue;
    present.add(name);
    left.push(fields[i]!, fields[i + 1]!);
  }
  for (const { name, value } of missingFrom(present, rewrite)) left.push(name, value);
  return ownLines(...left);
}

/** What is to be added to a response with lines of these names, lower case. */
export function missingFrom(present: ReadonlySet<string>, { add }: ResponseRewrite): ResponseRewrite['add'] {
  return add.filter(({ name }) => !present.has(name.toLowerCase()));
}

/** What `trace_key` lets a client see, in place of what the backend says of it. */
export function routingHeaders(router: string, endpoint: string): ResponseRewrite {
  return {
    remove: ['x-vcap-router', 'x-vcap-backend', 'x-cf-routeendpoint'],
    add: [
      { name: 'X-Vcap-Router', value: router },
      { name: 'X-Vcap-Backend', value: endpoint },
      { name: 'X-Cf-RouteEndpoint', value: endpoint },
    ],
  };
}

/** Go's spelling of a header name. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (part) => part.toUpperCase());
}
