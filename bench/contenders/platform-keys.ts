/** What gorouter's BOSH job has on by default, as far as it costs something for each request. @param agentPort of the Loggregator agent */
export function platformKeys(agentPort: number): Readonly<Record<string, unknown>> {
  return {
    enable_envelope_v1_metrics: true,
    per_request_metrics_reporting: true,
    send_http_start_stop_server_event: true,
    send_http_start_stop_client_event: true,
    logging: {
      level: 'info',
      loggregator_enabled: true,
      metron_address: `127.0.0.1:${agentPort}`,
      format: { timestamp: 'rfc3339' },
    },
    backends: { max_attempts: 3, max_conns: 500 },
    max_idle_conns: 100,
    max_idle_conns_per_host: 100,
  };
}

/** Twelve, as a platform's cells send them with each instance. */
export const TAGS: Readonly<Record<string, string>> = {
  app_id: 'd4e2a6c1-0b1c-4b9d-9a3d-6a1f0c8b7e52',
  app_name: 'storefront',
  component: 'route-emitter',
  instance_id: '0',
  organization_id: '7b0e7a1c-3f52-4b43-8f0c-5a0a7e1d9c11',
  organization_name: 'shop',
  process_id: 'd4e2a6c1-0b1c-4b9d-9a3d-6a1f0c8b7e52',
  process_instance_id: '5c1f0e2a-9b77-4f0d-7a55-3a31',
  process_type: 'web',
  source_id: 'd4e2a6c1-0b1c-4b9d-9a3d-6a1f0c8b7e52',
  space_id: '1d4f2b0e-6c8a-4e57-b1a9-2f9c3e8d7a60',
  space_name: 'production',
};
