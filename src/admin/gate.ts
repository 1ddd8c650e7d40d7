import { type Problem, problem } from './answer.ts';
import { type Caller, NOBODY, SOCKET } from './caller.ts';
import { originOf } from './origin-rule.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';

/** What a request says of who sends it; undefined: nothing. */
export interface Visit {
  readonly method: string;
  /** All that there were; one is right. */
  readonly hosts: readonly string[];
  readonly origin: string | undefined;
  readonly site: string | undefined;
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
}

export interface GateOptions {
  /** `socket`: the file's mode lets people in, and no browser can open it. */
  readonly door: 'socket' | 'http' | 'https';
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  /** Null: browsers get no session here. */
  readonly cookie: SessionCookie | null;
  isOwnHost(header: string): boolean;
}

export const CHANGING: readonly string[] = ['POST', 'PUT', 'DELETE'];

/** Who asks, or why they are not even listened to. It decides and does nothing else. */
export class Gate {
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  admit(visit: Visit): Caller | Problem {
    const { door, isOwnHost } = this.#options;
    const [host = ''] = visit.hosts;
    if (door === 'socket') {
      return visit.origin === undefined && visit.site === undefined ? SOCKET : foreignOrigin();
    }
    if (visit.hosts.length !== 1 || !isOwnHost(host)) {
      return problem(
        421,
        'foreign-host',
        'the Host header names none of the names of this address',
        "ask by cellgate.admin.host, by the machine's address, or by a name in the certificate",
      );
    }
    const from = originOf({ scheme: door, host, origin: visit.origin, site: visit.site });
    if (from === 'foreign') return foreignOrigin();
    const caller = this.#callerOf(visit);
    if (caller.kind !== 'session' || from === 'own' || !CHANGING.includes(visit.method)) return caller;
    return problem(
      403,
      'origin-missing',
      'a session may change something only with an Origin header, which browsers send by themselves',
      'a program uses a token: Authorization: Bearer TOKEN',
    );
  }

  #callerOf({ authorization, cookie }: Visit): Caller | Problem {
    const { tokens, sessions } = this.#options;
    if (authorization !== undefined) {
      const [, secret] = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization) ?? [];
      const principal = secret === undefined ? null : tokens.principalOf(secret);
      return principal === null ? unknownToken() : { kind: 'token', principal };
    }
    const secret = this.#options.cookie?.read(cookie) ?? null;
    const found = secret === null ? null : sessions.find(secret);
    return found === null ? NOBODY : { kind: 'session', ...found };
  }
}

/** For who brought nothing by which they could be known. */
export function whoAreYou(): Problem {
  return unauthorized(
    'unauthorized',
    'this needs a token or a session',
    'send Authorization: Bearer TOKEN with a token of cellgate.admin.tokens',
  );
}

function unknownToken(): Problem {
  return unauthorized(
    'unknown-token',
    'the Authorization header holds no token that is known here',
    'it must be Bearer and the secret of one of cellgate.admin.tokens; the token of a router without a file is another after each start',
  );
}

function unauthorized(error: string, detail: string, hint: string): Problem {
  return problem(401, error, detail, hint, { 'WWW-Authenticate': 'Bearer realm="cellgate"' });
}

function foreignOrigin(): Problem {
  return problem(
    403,
    'foreign-origin',
    'the request comes from a page of another origin',
    'pages of other servers may not use this address; open it in a tab of its own',
  );
}
