/** Of one router of the demonstration. */
export interface RouterPlan {
  readonly index: number;
  readonly http: number;
  readonly health: number;
  readonly routes: number;
  readonly admin: number;
  /** Null: no nats-server; the router has a bus of its own at this port. */
  readonly nats: number | null;
  readonly bus: number;
  /** Whoever has it may do everything. */
  readonly token: string;
  readonly folder: string;
}

/** Its configuration. YAML takes JSON. */
export function routerFile(plan: RouterPlan): string {
  return `${JSON.stringify(
    {
      index: plan.index,
      port: plan.http,
      status: {
        host: '127.0.0.1',
        port: plan.health,
        user: 'demo',
        pass: plan.token,
        routes: { port: plan.routes },
      },
      nats: { hosts: plan.nats === null ? [] : [{ hostname: '127.0.0.1', port: plan.nats }] },
      // Nobody has announced anything yet that would be worth waiting for.
      start_response_delay_interval: '1s',
      droplet_stale_threshold: '30s',
      drain_wait: '2s',
      drain_timeout: '5s',
      access_log: { file: `${plan.folder}/access.log` },
      cellgate: {
        defaults: 'recommended',
        listen_host: '127.0.0.1',
        proxy_threads: 1,
        bus: { port: plan.bus },
        state_dir: plan.folder,
        admin: {
          port: plan.admin,
          tokens: [{ name: 'demo', secret: plan.token, rights: ['read', 'operate', 'debug'] }],
        },
      },
    },
    null,
    2,
  )}\n`;
}
