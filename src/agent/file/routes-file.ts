import type { AgentRoute } from '../route/agent-route.ts';
import { FaultTree } from './fault-tree.ts';
import { Fields } from './fields.ts';
import { type RouteDefaults, readRoute } from './route-entry.ts';
import { readYaml } from './yaml-document.ts';

export interface RoutesFile {
  readonly routes: readonly AgentRoute[];
  /** Routes that are left out, each with why, and what is said of the others. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** A file that `dynamic_config_globs` leads to; a text says why it cannot be used at all. */
export function readRoutesFile(text: string, defaults: RouteDefaults): RoutesFile | string {
  const document = readYaml(text);
  if (!document.ok) return document.error;
  const faults: string[] = [];
  const warnings: string[] = [];
  const types = new FaultTree('file');
  const fields = new Fields(document.value ?? {}, '', { faults: types, warnings });
  const routes = fields.list('routes').flatMap((entry, index) => {
    const read = readRoute(entry, index, `routes[${index}]`, defaults);
    if (!read.ok) {
      faults.push(read.faults.toString());
      return [];
    }
    warnings.push(...read.warnings);
    return [read.route];
  });
  fields.warnOfUnknown();
  return types.count > 0 ? types.toString() : { routes, faults, warnings };
}
