import { backendIdentity, type Endpoint, type EndpointFacts } from '../src/routing/endpoint.ts';

/** A backend in its seat: who comes back has another seat, and who has the seat after it is another backend. */
export function holderOf(endpoint: Endpoint): string {
  return `${endpoint.backend.seat} ${backendIdentity(endpoint)}`;
}

/** What tells a state of a backend from any other. */
export function nameOf(endpoint: EndpointFacts | Endpoint): string {
  return `${backendIdentity(endpoint)} ${endpoint.tags?.['variant']}`;
}

/** Whether this is the name of a state of that backend. */
export function isStateOf(name: string, identity: string): boolean {
  return name.startsWith(`${identity} `);
}
