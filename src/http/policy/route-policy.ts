import type { RoutePolicy } from '../../routing/route-policy.ts';

/** A Cloud Foundry application that calls, as the certificate of its instance says. Unknown parts are empty, never the app. */
export interface Caller {
  readonly app: string;
  readonly space: string;
  readonly org: string;
}

/** What was decided, and by which rule: its name in the access log, as gorouter has it. */
export interface Verdict {
  readonly allowed: boolean;
  readonly rule: string;
}

const NO_IDENTITY = denied('identity_extraction');
const NO_POLICIES = denied('route:no_route_policies');
const NOT_LISTED = denied('route:route_policies');
const EVERYBODY = 'cf:any';

/** `units`: OU values of a certificate's subject. `null` when they name no application. Of two of a kind the later one counts. */
export function callerOf(units: readonly string[]): Caller | null {
  const named = (kind: string): string => {
    const given = units.filter((unit) => unit.startsWith(kind) && unit.length > kind.length);
    return given.at(-1)?.slice(kind.length) ?? '';
  };
  const app = named('app:');
  return app === '' ? null : { app, space: named('space:'), org: named('organization:') };
}

/** Whether a caller may have the route at all: the first source that names it lets it in, and nobody is let in by default. */
export function admission({ sources }: RoutePolicy, caller: Caller | null): Verdict {
  if (caller === null) return NO_IDENTITY;
  if (sources.length === 0) return NO_POLICIES;
  const source = sources.find((each) => covers(each, caller));
  return source === undefined ? NOT_LISTED : { allowed: true, rule: `route:${source}` };
}

/** The rule by which an endpoint is closed to a caller whom the route lets in; `null` when it is open. `tags`: the endpoint's. */
export function scopeRefusal(
  { scope }: RoutePolicy,
  caller: Caller | null,
  tags: Readonly<Record<string, string>> | null,
): string | null {
  if (caller === null) return 'domain:no_caller_identity';
  switch (scope) {
    case 'any':
      return null;
    case 'org':
      return isSame(caller.org, tags?.['organization_id']) ? null : 'domain:scope=org:post-selection';
    case 'space':
      return isSame(caller.space, tags?.['space_id']) ? null : 'domain:scope=space:post-selection';
    default:
      return 'domain:scope=unknown:post-selection';
  }
}

function covers(source: string, { app, space, org }: Caller): boolean {
  return (
    source === EVERYBODY ||
    source === `cf:app:${app}` ||
    (space !== '' && source === `cf:space:${space}`) ||
    (org !== '' && source === `cf:org:${org}`)
  );
}

/** What neither side tells is not the same: gorouter lets that pass. */
function isSame(callers: string, endpoints: string | undefined): boolean {
  return callers !== '' && callers === endpoints;
}

function denied(rule: string): Verdict {
  return { allowed: false, rule };
}
