import { html } from './html.js';
import { share } from './words.js';

/** The state of an endpoint; shapes differ, not only colours. */
export function State({ of: state }) {
  return html`<span class=${`state ${state}`}>${state}</span>`;
}

/** How bad it is that so many requests failed; empty: it is not. */
export function levelOf(row) {
  const lost = share(row) ?? 0;
  if (lost >= 0.05) return 'wrong';
  return lost >= 0.01 ? 'look' : '';
}

/** What a route has beside its endpoints. */
export function badges({ split, policy, route_service: service }) {
  const found = [
    [split !== null, 'split'],
    [policy, 'policy'],
    [service, 'route service'],
  ];
  return found.filter(([is]) => is).map(([, label]) => html`<span class="badge">${label}</span> `);
}
