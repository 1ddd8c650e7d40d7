import { type NaiveMessage, Stop, statedLength, takeBody, takeHead, valuesOf } from './naive-grammar.ts';
import type { Fields, Reading } from './reading.ts';

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!-"$-~\x80-\xff]+) HTTP\/1\.([01])$/;
const ABSOLUTE_FORM = /^(https?):\/\/([^/?]+)(.*)$/i;
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+;=]*)(?::[0-9]*)?$/;

/** Every request in the text, one behind the other; `start` names the target in origin form. */
export function readRequests(text: string): Reading<NaiveMessage> {
  const messages: NaiveMessage[] = [];
  try {
    for (let at = 0; ; ) {
      // RFC 9112 §2.2: empty lines before a request line are skipped.
      while (text.startsWith('\r\n', at)) at += 2;
      if (at === text.length) return { messages, end: 'whole', why: '' };
      const { line, fields, next } = takeHead(text, at);
      const match = REQUEST_LINE.exec(line);
      if (match === null) throw new Stop('refused', 'request line');
      const http10 = match[3] === '0';
      const { host, target } = readTarget(match[1]!, match[2]!, fields, http10);
      const length = statedLength(fields, http10) ?? 0;
      const { stop, ...body } = takeBody(text, next, length);
      const start = `${match[1]} ${target}`;
      messages.push({ line, start, host, fields, ...body, complete: stop === null });
      if (stop !== null) throw stop;
      at = body.next;
    }
  } catch (error) {
    if (error instanceof Stop) return { messages, end: error.end, why: error.why };
    throw error;
  }
}

/** RFC 9112 §3.2, §3.3. @throws Stop */
function readTarget(method: string, target: string, fields: Fields, http10: boolean) {
  const hosts = valuesOf(fields, 'host');
  if (hosts.length > 1 || (hosts.length === 0 && !http10)) throw new Stop('refused', 'Host');
  let host = hosts[0] ?? '';
  const absolute = ABSOLUTE_FORM.exec(target);
  if (absolute !== null) {
    const [, scheme, authority, path] = absolute as unknown as [string, string, string, string];
    if (hosts.length === 1 && bare(scheme, host) !== bare(scheme, authority))
      throw new Stop('refused', 'two hosts');
    host = authority;
    if (path.startsWith('/')) target = path;
    else target = path === '' && method === 'OPTIONS' ? '*' : `/${path}`;
  } else if (!target.startsWith('/') && !(target === '*' && method === 'OPTIONS')) {
    throw new Stop('refused', 'target');
  }
  if (!HOST.test(host)) throw new Stop('refused', 'Host');
  return { host: host.toLowerCase(), target };
}

/** Without what means nothing: case, the scheme's own port, a dot at the end of the name. */
function bare(scheme: string, authority: string): string {
  const ownPort = scheme.toLowerCase() === 'http' ? /:(?:0*80)?$/ : /:(?:0*443)?$/;
  return authority
    .toLowerCase()
    .replace(ownPort, '')
    .replace(/\.(?=$|:\d+$)/, '');
}
