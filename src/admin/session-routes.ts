import { z } from 'zod';
import { type Answer, ok, problem } from './answer.ts';
import type { AdminRequest, AdminRoute } from './api.ts';
import type { Principal } from './caller.ts';
import { decodeBody } from './decode-body.ts';
import type { OneTimeCodes } from './one-time-codes.ts';
import type { SessionCookie } from './session-cookie.ts';
import { SESSION_SECONDS, type Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';

export interface SessionRoutesOptions {
  readonly codes: OneTimeCodes;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  /** Null: browsers get no session here. */
  readonly cookie: SessionCookie | null;
}

const SECRET = z.string('must be text').max(512, 'is too long');
const WANTED = z.strictObject({ code: SECRET.optional(), token: SECRET.optional() });

/** How browsers come in, who they are then, and how they leave. */
export function sessionRoutes(options: SessionRoutesOptions): AdminRoute[] {
  return [
    {
      method: 'POST',
      path: '/v1/session',
      right: 'all',
      handler: (request) => begin(options, request),
    },
    {
      method: 'GET',
      path: '/v1/session',
      // A page asks this first: it is no fault of anybody's not to be known yet.
      right: 'all',
      handler: ({ caller }) => ok({ session: caller.kind === 'nobody' ? null : caller.principal }),
    },
    {
      method: 'DELETE',
      path: '/v1/session',
      right: 'known',
      handler: (request) => end(options, request),
    },
    {
      method: 'GET',
      path: '/v1/whoami',
      right: 'known',
      handler: ({ caller }) =>
        caller.kind === 'nobody' ? ok({}) : ok({ ...caller.principal, by: caller.kind }),
    },
  ];
}

function begin(options: SessionRoutesOptions, { body, caller }: AdminRequest): Answer {
  const { sessions, cookie } = options;
  if (cookie === null) {
    return problem(
      403,
      'no-sessions-here',
      'browsers get no session where others could read it on its way',
      'give cellgate.admin.tls a certificate, or use the loopback address, for instance through ssh -L',
    );
  }
  if (caller.kind === 'socket') {
    return problem(403, 'no-sessions-here', 'the socket needs no session', 'just ask');
  }
  const wanted = decodeBody(WANTED, body);
  if (!wanted.ok) return wanted.problem;
  const principal = caller.kind === 'token' ? caller.principal : principalOf(options, wanted.value);
  if (principal === null) {
    return problem(
      401,
      'wrong-code',
      'the code or token is not known here',
      'a code works once and for 10 minutes; start anew from a link of the router, or give a token',
      { 'WWW-Authenticate': 'Bearer realm="cellgate"' },
    );
  }
  return {
    kind: 'json',
    status: 200,
    value: { ...principal, seconds: SESSION_SECONDS },
    headers: { 'Set-Cookie': cookie.set(sessions.begin(principal)) },
    who: principal.name,
  };
}

function principalOf(
  { codes, tokens }: SessionRoutesOptions,
  { code, token }: z.output<typeof WANTED>,
): Principal | null {
  if (code !== undefined) return codes.redeem(code);
  return token === undefined ? null : tokens.principalOf(token);
}

function end({ sessions, cookie }: SessionRoutesOptions, { caller }: AdminRequest): Answer {
  if (caller.kind !== 'session' || cookie === null) {
    return problem(
      404,
      'no-session',
      'the request came with no session',
      'a token ends with the configuration',
    );
  }
  sessions.end(caller.session);
  return ok({ ended: true }, { 'Set-Cookie': cookie.clear() });
}
