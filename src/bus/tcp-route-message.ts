import { unbracketed } from '../address/backend-host.ts';
import type { TcpRegistration } from '../tcp/table/route.ts';
import { serverName } from '../tcp/table/server-name.ts';
import { readTerms } from '../tcp/table/terms.ts';
import { MessageFields } from './message-fields.ts';
import { parsePayload } from './payload.ts';
import { hostProblem } from './route-spelling.ts';

export type DecodedTcpMessage =
  /** `lifetime` as sent: 0 when the message names none. */
  | { readonly ok: true; readonly registration: TcpRegistration }
  | { readonly ok: false; readonly error: string };

const MAX_PORT = 65_535;
const MARK = Buffer.from('"external_port"');

/** Whether it is worth decoding as a TCP route: cheap, and never wrong about one. */
export function mayBeTcpRoute(payload: Uint8Array): boolean {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.length).includes(MARK);
}

/** `router.register` and `router.unregister` with `"protocol": "tcp"`: `external_port` stands for the uris. */
export function decodeTcpRouteMessage(payload: Uint8Array): DecodedTcpMessage {
  const parsed = parsePayload(payload);
  return parsed.ok ? readTcpRouteMessage(parsed.value) : parsed;
}

/** The same of an object that is not from the bus. */
export function readTcpRouteMessage(said: unknown): DecodedTcpMessage {
  const fields = new MessageFields(said);
  const protocol = fields.text('protocol');
  const port = fields.integer('external_port', MAX_PORT);
  const name = fields.text('sni_hostname');
  const host = unbracketed(fields.text('host'));
  const tlsPort = fields.integer('tls_port', MAX_PORT);
  const backendPort = tlsPort || fields.integer('port', MAX_PORT);
  const instanceId = fields.text('private_instance_id');
  const isolationSegment = fields.text('isolation_segment');
  const seconds = fields.integer('stale_threshold_in_seconds', Number.MAX_SAFE_INTEGER);
  const terms = readTerms({
    terminates: fields.flag('terminate_frontend_tls'),
    alpns: fields.text('alpns'),
    speaksTls: tlsPort > 0,
    name: fields.text('server_cert_domain_san') || instanceId || host,
    sniRewrite: fields.text('sni_rewrite_hostname'),
    backendMtls: fields.flag('enable_backend_mtls'),
    sendProxy: fields.text('send_proxy_protocol'),
  });
  if (fields.error !== undefined) return refused(fields.error);
  if (!terms.ok) return refused(`${terms.field}: allowed: ${terms.allowed}`);
  if (protocol !== 'tcp') {
    const found = JSON.stringify(protocol.slice(0, 40));
    return refused(`protocol: found ${found} beside external_port, allowed: "tcp"`);
  }
  if (port === 0) return refused('external_port: found 0, allowed: an integer from 1 to 65535');
  const problem = hostProblem(host, backendPort);
  if (problem !== undefined) return refused(problem);
  const sni = name === '' ? '' : serverName(name);
  if (sni === null) {
    return refused(`sni_hostname: found ${JSON.stringify(name.slice(0, 100))}, allowed: a name or *.parent`);
  }
  return {
    ok: true,
    registration: {
      owner: 'bus',
      port,
      sni,
      host,
      backendPort,
      instanceId,
      isolationSegment,
      lifetime: seconds * 1000,
      terms: terms.terms,
      tag: null,
    },
  };
}

function refused(error: string): DecodedTcpMessage {
  return { ok: false, error };
}
