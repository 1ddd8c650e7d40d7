import type { ServerResponse } from 'node:http';
import { writePieces } from '../status/write-pieces.ts';
import { type Answer, type Entity, type Problem, problem } from './answer.ts';

/** As JSON at once, characters: so much may wait for a client that does not read. */
const MOST_AT_ONCE = 1 << 20;
const JSON_TYPE = 'application/json; charset=utf-8';

/** On every answer: it is not kept, not shown in a frame, not read by other origins, and runs nothing. */
const GUARDS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

/** Resolves when nothing is left to be said; what `pieces` throw breaks the answer off. */
export async function writeAnswer(response: ServerResponse, answer: Answer, last: boolean): Promise<void> {
  const more = last ? { Connection: 'close' } : {};
  if (answer.kind === 'pieces') {
    response.writeHead(200, { ...GUARDS, 'Content-Type': answer.type, ...more });
    if (response.req.method === 'HEAD') response.end();
    else await writePieces(response, answer.pieces);
    return;
  }
  if (answer.kind === 'entity') {
    writeEntity(response, answer, more);
    return;
  }
  const { status, type, text, headers } = whole(answer);
  response.writeHead(status, {
    ...GUARDS,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    ...headers,
    ...more,
  });
  response.end(text);
}

function writeEntity(response: ServerResponse, entity: Entity, more: Readonly<Record<string, string>>): void {
  const { type, etag, bytes, coded, headers } = entity;
  const asked = response.req.headers;
  // Also where nothing is sent: what is kept goes by what it was asked with.
  const told = { ...GUARDS, ...headers, ETag: etag, Vary: 'Accept-Encoding', ...more };
  if (asked['if-none-match']?.split(/ *, */).includes(etag)) {
    response.writeHead(304, told).end();
    return;
  }
  const accepted = codingsOf(asked['accept-encoding'] ?? '');
  const [coding, body] = [...coded].find(([name]) => accepted.has(name)) ?? ['', bytes];
  response.writeHead(200, {
    ...told,
    'Content-Type': type,
    'Content-Length': body.length,
    ...(coding === '' ? {} : { 'Content-Encoding': coding }),
  });
  response.end(body);
}

/** Those that the client takes, whichever it likes best. */
function codingsOf(header: string): Set<string> {
  const named = header.split(',').map((each) => each.trim().split(/ *; */));
  return new Set(named.filter(([, weight]) => !/^q=0(\.0*)?$/i.test(weight ?? '')).map(([name]) => name!));
}

/** For a client whose bytes are no request, so that there is no response to write to. */
export function bareAnswer(fault: Problem, reason: string): string {
  const { text, type, headers } = whole(fault);
  const lines = {
    ...GUARDS,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    ...headers,
    Connection: 'close',
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${fault.status} ${reason}`, ...head, '', text].join('\r\n');
}

function whole(answer: Exclude<Answer, { kind: 'pieces' | 'entity' }>) {
  if (answer.kind === 'page') {
    const { html: text, headers, status = 200 } = answer;
    return { status, type: 'text/html; charset=utf-8', text, headers };
  }
  if (answer.kind === 'problem') {
    const { status, error, detail, hint, headers, more } = answer;
    const text = `${JSON.stringify({ error, detail, hint, ...more })}\n`;
    return { status, type: JSON_TYPE, text, headers };
  }
  const text = `${JSON.stringify(answer.value)}\n`;
  if (text.length <= MOST_AT_ONCE) {
    return { status: answer.status, type: JSON_TYPE, text, headers: answer.headers };
  }
  return whole(
    problem(500, 'answer-too-long', 'the answer is too long to be given at once', 'ask for less of it'),
  );
}
