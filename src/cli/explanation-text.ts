import { printable } from './printable.ts';
import { textTable } from './text-table.ts';

type Fields = Readonly<Record<string, unknown>>;

const HEAD = ['ENDPOINT', 'INSTANCE', 'APP', 'ARM', 'STATE', 'IN FLIGHT', 'ODDS'];
const WIDTH = 100;
const INDENT = '  ';

/** One router's explanation, in the order in which it decides. */
export function explanationText(router: string, explanation: Fields): string {
  const { request, tried, route, rule, service, pin, session, answer, nearest } = explanation;
  const { method, host, path } = fieldsOf(request);
  const lines = [`${text(method)} ${text(host)}${text(path)} on router ${printable(router)}`];
  const say = (name: string, what: string): void => {
    if (what !== '') lines.push(`${INDENT}${name.padEnd(9)}${what}`);
  };
  say(
    'looks up',
    listOf(tried)
      .map(({ key, found }) => `${text(key)}${found === true ? '' : ' (no)'}`)
      .join(', '),
  );
  say('route', route === null ? 'none' : text(route));
  say('meant?', Array.isArray(nearest) ? nearest.map(text).join(', ') : '');
  say('rule', text(rule));
  say('service', text(service) === '' ? '' : `${text(service)} is asked first`);
  say('pinned', text(pin) === '' ? '' : `to ${text(pin)}`);
  say('session', text(session) === '' ? '' : `with ${text(session)}`);
  say('split', splitText(explanation['split']));
  say('answer', answerText(answer));
  say('limits', limitsText(explanation['limits']));
  const endpoints = listOf(explanation['endpoints']);
  if (endpoints.length > 0) {
    const table = textTable(HEAD, endpoints.map(rowOf), WIDTH - INDENT.length).trimEnd();
    lines.push(...table.split('\n').map((line) => `${INDENT}${line}`));
  }
  const more = Number(explanation['more']);
  if (more > 0) lines.push(`${INDENT}and ${more} more endpoints`);
  return `${lines.join('\n')}\n`;
}

function rowOf({ address, instance, app, arm, state, inFlight, odds }: Fields): string[] {
  return [
    text(address),
    text(instance) || '-',
    text(app) || '-',
    text(arm) || '-',
    text(state),
    String(Number(inFlight)),
    percent(odds),
  ];
}

function splitText(value: unknown): string {
  const { key, arms } = fieldsOf(value);
  const parts = listOf(arms).map(
    ({ arm, weight, odds }) => `${text(arm)} ${Number(weight)} (${percent(odds)})`,
  );
  return parts.length === 0 ? '' : `${parts.join(', ')}, users known by ${text(key)}`;
}

function answerText(value: unknown): string {
  const { status, routerError, why } = fieldsOf(value);
  if (typeof status !== 'number') return '';
  const code = text(routerError);
  return `${status}${code === '' ? '' : ` ${code}`}: ${text(why)}`;
}

function limitsText(value: unknown): string {
  return listOf(value)
    .filter((limit) => Number(limit['value']) > 0)
    .map((limit) => `${text(limit['name'])} ${limitValue(limit)} (${text(limit['from'])})`)
    .join(`,\n${' '.repeat(INDENT.length + 9)}`);
}

function limitValue({ name, value }: Fields): string {
  const number = Number(value);
  return name === 'attempts' || name === 'awaited of an endpoint' ? String(number) : `${number / 1000} s`;
}

function percent(value: unknown): string {
  return `${(Number(value) * 100).toFixed(1)} %`;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? (value as Fields[]) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? printable(value) : '';
}
