import type { Rejection } from '../../http/account/rejection.ts';
import type { BusRejection } from './bus-rejections.ts';

/** As the admin API has it, whatever it was; what it has nothing of is empty. */
export function rejectionJson(rejection: Rejection | BusRejection): object {
  const { at, what, reason, position, excerpt } = rejection;
  const isBus = rejection.what === 'bus';
  const request = isBus ? NO_REQUEST : requestJson(rejection);
  return {
    at: new Date(at).toISOString(),
    what,
    subject: isBus ? rejection.subject : '',
    reason,
    ...request,
    position,
    excerpt: excerpt.text,
    excerpt_at: excerpt.at,
  };
}

const NO_REQUEST = {
  detail: '',
  status: 0,
  client: '',
  server_name: '',
  host: '',
  line: '',
  forwarded_for: '',
};

function requestJson(rejection: Rejection): typeof NO_REQUEST {
  const { detail, status, client, serverName, host, line, forwardedFor } = rejection;
  return { detail, status, client, server_name: serverName, host, line, forwarded_for: forwardedFor };
}
