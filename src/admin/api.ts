import { type Answer, type Problem, problem } from './answer.ts';
import type { Caller, Right } from './caller.ts';
import type { IfMatch } from './if-match.ts';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;
type Method = (typeof METHODS)[number];

/** A request that may be answered. */
export interface AdminRequest {
  /** By the names in the path pattern, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** What the client sent, as it is; empty where it sent nothing. To be decoded strictly. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** Null: the client does not say what it has seen. */
  readonly ifMatch: IfMatch | null;
}

/** One thing that can be asked for. */
export interface AdminRoute {
  /** HEAD is answered as GET. GET changes nothing, whatever it is asked with. */
  readonly method: Method;
  /** `/v1/routes/{route}`: a name stands for one segment. */
  readonly path: string;
  /** `known`: whoever is known here. `all`: everybody. */
  readonly right: Right | 'known' | 'all';
  /** Bytes of a body; default: `MOST_BODY`. All of them are decoded in one turn of the loop. */
  readonly mostBody?: number;
  /** It takes what a form of a page sends, too: only where the page cannot send anything else. */
  readonly form?: true;
  /** Its answer is to begin within 10 s. What it throws or rejects with costs this answer alone. */
  handler(request: AdminRequest): Answer | Promise<Answer>;
}

export interface FoundRoute {
  readonly route: AdminRoute;
  readonly parameters: Readonly<Record<string, string>>;
}

interface Entry {
  readonly segments: readonly string[];
  readonly byMethod: Map<Method, AdminRoute>;
}

/** The table of what can be asked for; other rooms put in what is theirs. */
export class AdminApi {
  readonly #entries = new Map<string, Entry>();

  add(...routes: readonly AdminRoute[]): void {
    for (const route of routes) {
      const shape = route.path.replace(/\{\w+\}/g, '{}');
      const entry = this.#entries.get(shape) ?? { segments: route.path.split('/'), byMethod: new Map() };
      if (entry.byMethod.has(route.method)) throw new Error(`${route.method} ${route.path} is there twice`);
      entry.byMethod.set(route.method, route);
      this.#entries.set(shape, entry);
    }
  }

  /** @param path of a request, without its query */
  find(method: string, path: string): FoundRoute | Problem {
    const segments = path.split('/').map(decoded);
    const [best] = [...this.#entries.values()]
      .flatMap(({ segments: pattern, byMethod }) => {
        const parameters = match(pattern, segments);
        return parameters === null ? [] : [{ byMethod, parameters }];
      })
      // A path that is written out goes before one with names in it.
      .sort((a, b) => Object.keys(a.parameters).length - Object.keys(b.parameters).length);
    if (best === undefined) {
      return problem(
        404,
        'no-such-path',
        'there is nothing at this path',
        'docs/admin.md has all paths; they begin with /v1/',
      );
    }
    const route = best.byMethod.get((method === 'HEAD' ? 'GET' : method) as Method);
    return route === undefined ? wrongMethod(best.byMethod) : { route, parameters: best.parameters };
  }
}

function match(
  pattern: readonly string[],
  segments: readonly (string | null)[],
): Readonly<Record<string, string>> | null {
  if (pattern.length !== segments.length) return null;
  const found: [string, string][] = [];
  for (const [at, expected] of pattern.entries()) {
    const given = segments[at] ?? null;
    const name = /^\{(\w+)\}$/.exec(expected)?.[1];
    if (given === null || (name === undefined ? given !== expected : given === '')) return null;
    if (name !== undefined) found.push([name, given]);
  }
  return Object.fromEntries(found);
}

/** Null: it is no text. */
function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

function wrongMethod(byMethod: ReadonlyMap<Method, AdminRoute>): Problem {
  const methods = METHODS.filter((method) => byMethod.has(method));
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return problem(
    405,
    'wrong-method',
    `this path knows only ${allowed}`,
    'docs/admin.md says which method does what',
    { Allow: allowed },
  );
}
