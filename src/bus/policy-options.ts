import type { RoutePolicy } from '../routing/route-policy.ts';
import type { MessageFields } from './message-fields.ts';

const SCOPES: readonly string[] = ['any', 'org', 'space'];
const SOURCE = /^cf:(?:any$|(?:app|space|org):.)/;

/**
 * Who may call the routes of a registration (docs/compatibility.md §1.3), by the names of the RFC's drafts too. What makes no
 * sense stays, as it lets nobody in, and is named.
 */
export function readPolicy(options: MessageFields): { policy: RoutePolicy | null; problem?: string } {
  const scope = options.text('route_policy_scope') || options.text('access_scope');
  const list = options.text('route_policy_sources') || options.text('access_rules');
  if (scope === '' && list === '') return { policy: null };
  const sources = list
    .split(',')
    .map((source) => source.trim())
    .filter((source) => source !== '');
  if (scope === '') {
    if (sources.length === 0) return { policy: null };
    return {
      policy: null,
      problem: 'options.route_policy_sources: without options.route_policy_scope nobody is kept out',
    };
  }
  const policy = { scope, sources };
  if (!SCOPES.includes(scope)) {
    return {
      policy,
      problem: `options.route_policy_scope: found ${quoted(scope)}, allowed: ${SCOPES.join(', ')}; nobody is let in`,
    };
  }
  const odd = sources.find((source) => !SOURCE.test(source));
  if (odd === undefined) return { policy };
  return {
    policy,
    problem: `options.route_policy_sources: found ${quoted(odd)}, allowed: cf:any, cf:app:GUID, cf:space:GUID, cf:org:GUID`,
  };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
