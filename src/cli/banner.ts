import type { Addresses } from '../runtime/parts/addresses.ts';

/** What someone who starts the router without a configuration wants to know. */
export function banner(
  { http, health, routes, admin, bus }: Addresses,
  status: { user: string; pass: string },
  /** To the admin address; null: there is none. */
  adminLink: string | null,
): string {
  const link =
    adminLink === null ? '' : `\n  In a browser, once and within ten minutes:\n\n    ${adminLink}\n`;
  return `
  Cellgate is running, on this machine only.

    http    127.0.0.1:${http}    applications' traffic
    status  127.0.0.1:${health}    /health, /metrics
    routes  127.0.0.1:${routes}    /routes
    admin   127.0.0.1:${admin}    commands, and browsers of operators
    bus     127.0.0.1:${bus}    NATS protocol: routes are registered here

  Try it, with an application on port 3000:

    bin/cellgate register app.localhost 127.0.0.1:3000
    curl -H 'Host: app.localhost' localhost:${http}

  What it knows and counts:

    curl -u ${status.user}:${status.pass} localhost:${routes}/routes
    curl -u ${status.user}:${status.pass} localhost:${health}/metrics
${link}
`;
}
