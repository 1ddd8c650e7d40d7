import type { AdminAddress } from './admin-address.ts';
import { askAdmin } from './admin-client.ts';
import { type Fields, fieldsIn, isFields, textOf } from './answer-fields.ts';
import type { CheckOutput } from './check.ts';
import type { ExplainCommand } from './explain-arguments.ts';
import { explanationText } from './explanation-text.ts';
import { printable, printableJson } from './printable.ts';
import { requestText } from './request-text.ts';

const NO_ROUTE = 3;
const REFUSED = 4;
const NO_ENDPOINT = 5;

/** Says where a request would go; the exit code. */
export async function explain(
  { address, asked, json }: ExplainCommand,
  { out, error }: CheckOutput,
): Promise<number> {
  if (typeof asked === 'string') return explainId(address, asked, json, { out, error });
  const reply = await askAdmin(address, 'POST', '/v1/explain', asked);
  if (reply.kind === 'failure') {
    error(reply.sentence);
    return 1;
  }
  const routers = fieldsIn(reply.value['routers']);
  const silent = Array.isArray(reply.value['silent']) ? reply.value['silent'].map(String) : [];
  const told = routers.filter(({ explanation }) => isFields(explanation));
  if (json) out(`${printableJson(reply.value)}\n`);
  else {
    for (const { id, explanation } of told) out(explanationText(String(id), explanation as Fields));
    for (const id of silent) error(`${printable(id)} did not answer`);
  }
  if (told.length === 0) {
    error('no router could say: ask again, or another one with --at');
    return 1;
  }
  const codes = told.map(({ explanation }) => exitOf(explanation as Fields));
  return silent.length > 0 ? 1 : Math.max(...codes);
}

async function explainId(
  address: AdminAddress | null,
  id: string,
  json: boolean,
  { out, error }: CheckOutput,
): Promise<number> {
  const reply = await askAdmin(address, 'GET', `/v1/requests/${encodeURIComponent(id)}`);
  if (reply.kind === 'failure') {
    error(reply.sentence);
    return 1;
  }
  const found = fieldsIn(reply.value['requests']);
  const others = fieldsIn(reply.value['not_asked']);
  if (json) out(`${printableJson(reply.value)}\n`);
  else for (const record of found) out(requestText(record));
  for (const { id: other, why } of others) error(`not asked: ${textOf(other)}: ${textOf(why)}`);
  if (found.length > 0) return 0;
  const where = others.length === 0 ? 'no router' : 'no router that could be asked';
  error(
    `${where} has ${printable(id)} among the last that failed, were tried again, took long or had a debug token`,
  );
  return others.length === 0 ? NO_ROUTE : 1;
}

function exitOf({ answer, route }: Fields): number {
  if (!isFields(answer)) return 0;
  const { status, routerError } = answer;
  // The same code stands for an instance that is not there.
  if (routerError === 'unknown_route') return route === null ? NO_ROUTE : NO_ENDPOINT;
  if (status === 200) return 0;
  return Number(status) >= 500 ? NO_ENDPOINT : REFUSED;
}
