import { type Fields, fieldsIn, fieldsOf, textOf } from './answer-fields.ts';
import { printable } from './printable.ts';
import { textTable } from './text-table.ts';

const HEAD = ['ENDPOINT', 'INSTANCE', 'APP', 'ARM', 'STATE', 'IN FLIGHT', 'ODDS'];
const WIDTH = 100;
const INDENT = '  ';

/** One router's explanation, in the order in which it decides. */
export function explanationText(router: string, explanation: Fields): string {
  const { request, tried, route, rule, service, pin, session, answer, nearest } = explanation;
  const { method, host, path } = fieldsOf(request);
  const lines = [`${textOf(method)} ${textOf(host)}${textOf(path)} on router ${printable(router)}`];
  const say = (name: string, what: string): void => {
    if (what !== '') lines.push(`${INDENT}${name.padEnd(9)}${what}`);
  };
  say(
    'looks up',
    fieldsIn(tried)
      .map(({ key, found }) => `${textOf(key)}${found === true ? '' : ' (no)'}`)
      .join(', '),
  );
  say('route', route === null ? 'none' : textOf(route));
  say('meant?', Array.isArray(nearest) ? nearest.map(textOf).join(', ') : '');
  say('rule', textOf(rule));
  say('service', textOf(service) === '' ? '' : `${textOf(service)} is asked first`);
  say('pinned', textOf(pin) === '' ? '' : `to ${textOf(pin)}`);
  say('session', textOf(session) === '' ? '' : `with ${textOf(session)}`);
  say('split', splitText(explanation['split']));
  say('answer', answerText(answer));
  say('limits', limitsText(explanation['limits']));
  const endpoints = fieldsIn(explanation['endpoints']);
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
    textOf(address),
    textOf(instance) || '-',
    textOf(app) || '-',
    textOf(arm) || '-',
    textOf(state),
    String(Number(inFlight)),
    percent(odds),
  ];
}

function splitText(value: unknown): string {
  const { key, arms } = fieldsOf(value);
  const parts = fieldsIn(arms).map(
    ({ arm, weight, odds }) => `${textOf(arm)} ${Number(weight)} (${percent(odds)})`,
  );
  return parts.length === 0 ? '' : `${parts.join(', ')}, users known by ${textOf(key)}`;
}

function answerText(value: unknown): string {
  const { status, routerError, why } = fieldsOf(value);
  if (typeof status !== 'number') return '';
  const code = textOf(routerError);
  return `${status}${code === '' ? '' : ` ${code}`}: ${textOf(why)}`;
}

function limitsText(value: unknown): string {
  return fieldsIn(value)
    .filter((limit) => Number(limit['value']) > 0)
    .map((limit) => `${textOf(limit['name'])} ${limitValue(limit)} (${textOf(limit['from'])})`)
    .join(`,\n${' '.repeat(INDENT.length + 9)}`);
}

function limitValue({ name, value }: Fields): string {
  const number = Number(value);
  return name === 'attempts' || name === 'awaited of an endpoint' ? String(number) : `${number / 1000} s`;
}

function percent(value: unknown): string {
  return `${(Number(value) * 100).toFixed(1)} %`;
}
