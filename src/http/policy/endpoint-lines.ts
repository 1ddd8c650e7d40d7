import type { Endpoint } from '../../routing/endpoint.ts';

/** The header lines that tell an application which of its instances it is (reference §3.4). */
export function endpointLines(endpoint: Endpoint): string {
  return (
    `X-CF-ApplicationID: ${fieldValue(endpoint.appId)}\r\n` +
    `X-CF-InstanceIndex: ${fieldValue(endpoint.instanceIndex)}\r\n` +
    `X-CF-InstanceID: ${fieldValue(endpoint.instanceId || endpoint.address)}\r\n`
  );
}

/** What comes over the bus may hold anything; a header may not. */
export function fieldValue(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '');
}
