import { type Fields, textOf } from './answer-fields.ts';

const WIDTH = 100;

/** Something that a router has refused: when and what, whose it was, and the byte that was wrong. */
export function rejectionText(rejection: Fields): string {
  const { at, what, subject, reason, detail, status, client, server_name: name, position } = rejection;
  const answered = Number(status) > 0 ? ` ${Number(status)}` : '';
  const from = [client, subject].map(textOf).find((text) => text !== '');
  const asked = askedText(rejection);
  const lines = [
    `${textOf(at)} ${textOf(what)}${answered} ${textOf(reason)}`,
    ...(textOf(detail) === '' ? [] : [`  why      ${textOf(detail)}`]),
    ...(from === undefined ? [] : [`  from     ${from}`]),
    ...(textOf(name) === '' ? [] : [`  name     ${textOf(name)}`]),
    ...(asked === '' ? [] : [`  request  ${asked}`]),
    ...(typeof position === 'number' ? excerptLines(rejection, position) : []),
  ];
  return `${lines.map((line) => line.slice(0, WIDTH)).join('\n')}\n`;
}

function askedText({ line, host, forwarded_for: forwarded }: Fields): string {
  const parts = [
    textOf(line),
    ...(textOf(host) === '' ? [] : [`for ${textOf(host)}`]),
    ...(textOf(forwarded) === '' ? [] : [`forwarded for ${textOf(forwarded)}`]),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** What stands around the byte, and a mark under it; it may have more than has room. */
function excerptLines({ excerpt, excerpt_at: mark }: Fields, position: number): string[] {
  const text = textOf(excerpt);
  const at = typeof mark === 'number' ? mark : 0;
  const label = `  byte     ${position}: `;
  const room = WIDTH - label.length;
  const start = at < room - 20 ? 0 : at - Math.floor(room / 2);
  if (text === '') return [`  byte     ${position}`];
  return [`${label}${text.slice(start, start + room)}`, `${' '.repeat(label.length + at - start)}^`];
}
