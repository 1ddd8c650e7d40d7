import type { Account } from '../account/account.ts';
import type { Downstream } from '../downstream.ts';
import type { OwnLines } from '../message/own-lines.ts';
import { ABSENT } from '../message/request.ts';
import { type ClientCertForwarding, type Teller, toldClientCert } from '../policy/client-certificate.ts';
import { forwardedFor, forwardedProto } from '../policy/forwarded.ts';
import { sampledTrace } from '../policy/sampled-trace.ts';
import { type Tracing, traceOf } from '../policy/trace.ts';
import type { HttpSettings } from '../settings.ts';
import { randomHex } from './request-id.ts';

const AS_IT_CAME = { forceForwardedProtoHttps: false, sanitizeForwardedProto: false };

/** What becomes of X-Forwarded-Client-Cert. */
export function clientCertOf({ client }: Downstream, teller: Teller): ClientCertForwarding {
  return teller === 'connection' ? client.certificate : toldClientCert(teller, client);
}

/** Notes who asks and over what; answers the lines that tell the backend, `null` where they are this request's alone. */
export function describeClient(
  downstream: Downstream,
  settings: HttpSettings,
  account: Account,
  teller: Teller,
): OwnLines | null {
  const { head, request } = downstream;
  const { ip, scheme, forwardedLines: usual } = downstream.client;
  if (
    teller === 'connection' &&
    request.forwardedFor === ABSENT &&
    request.forwardedProto === ABSENT &&
    !settings.forceForwardedProtoHttps
  ) {
    account.forwardedFor = ip;
    account.forwardedProto = scheme;
    return usual;
  }
  account.forwardedFor = forwardedFor(head, request, ip);
  // Between a router and a service the connection is not the client's (docs/compatibility.md §3.5).
  const isTold = teller === 'service' || teller === 'router';
  account.forwardedProto = forwardedProto(head, request, scheme, isTold ? AS_IT_CAME : settings);
  return null;
}

/** Notes the trace, which gives the request its id where it can. */
export function describeTrace({ head }: Downstream, tracing: Tracing, account: Account): void {
  const { b3, w3c, sampling } = tracing;
  // Of most requests it is no more than a look for a line and a random number.
  if (!b3 && !w3c) {
    account.trace = sampling === null ? null : sampledTrace(head, sampling, randomHex, Math.random);
    return;
  }
  const trace = traceOf(head, tracing, randomHex);
  account.trace = trace;
  if (trace.requestId !== null) account.requestId = trace.requestId;
}
