import type { Registration } from '../../bus/registration.ts';
import type { Container } from './container.ts';
import { integer } from './label-values.ts';
import type { Labels } from './labels.ts';

const PROJECT = 'com.docker.compose.project';
const SERVICE = 'com.docker.compose.service';
const NUMBER = 'com.docker.compose.container-number';
const SWARM_SERVICE = 'com.docker.swarm.service.name';

/** All containers of a service are one application, which is told apart in splits and cutovers. */
export function readApp(labels: Labels, container: Container): Pick<Registration, 'app' | 'instanceIndex'> {
  const app = labels.text('app') || serviceOf(container.labels);
  const index = labels.read('index', 'a number from 0', integer(0, 999_999_999));
  // Compose counts from 1.
  const number = integer(1, 999_999_999)(container.labels[NUMBER] ?? '');
  const found = index ?? (number === undefined ? null : number - 1);
  return { app: app === '' ? null : app, instanceIndex: found === null ? null : String(found) };
}

function serviceOf(labels: Readonly<Record<string, string>>): string {
  const [project, service] = [labels[PROJECT], labels[SERVICE]];
  if (project && service) return `${project}/${service}`;
  return labels[SWARM_SERVICE] ?? '';
}
