/** What says nothing that its sender would keep to itself: of all others an operator sees the name alone. */
const OPEN_FIELDS: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'max-forwards',
  'accept',
  'accept-encoding',
  'accept-language',
  'user-agent',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-request-start',
  'x-cf-app-instance',
  'x-cf-process-instance',
]);

/** A request line that is one as far as it goes; what is none may be part of anybody's body. */
const REQUEST_LINE = /^([A-Z]{2,20}(?:-[A-Z]+)? )(\S*)(.*)$/;
const SECRET = /[\x20-\x7e]/g;
const LINE = /[^\r\n]+|[\r\n]+/g;

/**
 * A head that was refused, as an operator may see it: as many characters, those that might be a secret replaced by `*`.
 * Shown are the request line, without the query where `hidesQuery` and without a user's name, the names of headers, and the
 * values of a few. What cannot be printed stays: it is what is wrong more often than not.
 * @param text Latin-1, from the head's first byte on
 */
export function maskedHead(text: string, hidesQuery: boolean): string {
  let isFirst = true;
  return text.replace(LINE, (line) => {
    if (line[0] === '\r' || line[0] === '\n') return line;
    const wasFirst = isFirst;
    isFirst = false;
    return wasFirst ? maskedStart(line, hidesQuery) : maskedField(line);
  });
}

function maskedStart(line: string, hidesQuery: boolean): string {
  const match = REQUEST_LINE.exec(line);
  if (match === null) return masked(line);
  const [, method, target, rest] = match;
  const isPath = /^\/(?!\/)/.test(target!);
  const shown = isPath ? target! : withoutUser(target!);
  const query = hidesQuery ? shown.indexOf('?') : -1;
  if (query < 0) return method + shown + rest!;
  // A query with a space in it goes on behind that.
  const version = /( HTTP\/\d\.\d)?[^\x20-\x7e]*$/.exec(rest!)!.index;
  const hidden = masked(shown.slice(query + 1)) + masked(rest!.slice(0, version));
  return method + shown.slice(0, query + 1) + hidden + rest!.slice(version);
}

/** A line without a colon, or that goes on from the one before, is masked as a whole. */
function maskedField(line: string): string {
  const colon = line.indexOf(':');
  if (colon < 0 || /^[ \t]/.test(line)) return masked(line);
  const name = line.slice(0, colon);
  const value = line.slice(colon + 1);
  if (!OPEN_FIELDS.has(name.toLowerCase())) return `${name}:${masked(value)}`;
  // Behind what cannot be printed may stand what somebody has smuggled there, or lost.
  const plain = /^[\t\x20-\x7e]*/.exec(value)![0];
  return `${name}:${withoutUser(plain)}${masked(value.slice(plain.length))}`;
}

/** `user:password@` is nothing for others, wherever it stands. */
function withoutUser(text: string): string {
  const at = text.lastIndexOf('@');
  if (at < 0) return text;
  const start = text.slice(0, at).lastIndexOf('//');
  const from = start < 0 ? 0 : start + 2;
  return text.slice(0, from) + masked(text.slice(from, at)) + text.slice(at);
}

function masked(text: string): string {
  return text.replace(SECRET, '*');
}
