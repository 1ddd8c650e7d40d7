import { type Fields, fieldsIn, fieldsOf, isFields, textOf } from './answer-fields.ts';
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
  say('chosen', algorithmText(explanation));
  say('orders', ordersText(explanation['endpoints']));
  say('static', staticText(explanation['endpoints']));
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
  const { key, arms, from } = fieldsOf(value);
  const parts = fieldsIn(arms).map(
    ({ arm, weight, odds }) => `${textOf(arm)} ${Number(weight)} (${percent(odds)})`,
  );
  return parts.length === 0 ? '' : `${parts.join(', ')}, users known by ${textOf(key)}${by(from)}`;
}

function algorithmText({ algorithm, algorithmFrom }: Fields): string {
  return isFields(algorithmFrom) ? `by ${textOf(algorithm)} (${originText(algorithmFrom)})` : '';
}

/** Of those that are kept from new requests: by whom. */
function ordersText(endpoints: unknown): string {
  return fieldsIn(endpoints)
    .filter((each) => textOf(each['ordered_by']) !== '')
    .map((each) => `${nameOf(each)} ${textOf(each['state'])}${by(each['ordered_by'])}`)
    .join(', ');
}

/** Of those that no agent has announced: who says that they are there. */
function staticText(endpoints: unknown): string {
  return fieldsIn(endpoints)
    .filter((each) => textOf(each['from']).startsWith('admin:'))
    .map((each) => `${nameOf(each)}${by(each['from'])}`)
    .join(', ');
}

function nameOf({ instance, address }: Fields): string {
  return textOf(instance) || textOf(address);
}

function by(origin: unknown): string {
  const text = textOf(origin);
  return text === '' ? '' : ` (${text})`;
}

function answerText(value: unknown): string {
  const { status, routerError, why } = fieldsOf(value);
  if (typeof status !== 'number') return '';
  const code = textOf(routerError);
  return `${status}${code === '' ? '' : ` ${code}`}: ${textOf(why)}`;
}

function limitsText(value: unknown): string {
  return fieldsIn(value)
    .map((limit) => `${textOf(limit['name'])}: ${limitValue(limit)} (${originText(limit)})`)
    .join(`\n${' '.repeat(INDENT.length + 9)}`);
}

function limitValue({ unit, value }: Fields): string {
  const number = Number(value);
  if (number === 0) return 'no limit';
  if (unit === 'bytes') return `${number} bytes`;
  return unit === 'ms' ? `${number / 1000} s` : String(number);
}

/** `gorouter.yml endpoint_timeout`, `built-in, endpoint_timeout`: the key that would change it. */
function originText({ from, key }: Fields): string {
  const origin = textOf(from);
  return `${origin}${origin === 'built-in' ? ', ' : ' '}${textOf(key)}`;
}

function percent(value: unknown): string {
  return `${(Number(value) * 100).toFixed(1)} %`;
}
