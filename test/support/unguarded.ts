/** Ways to be called back that go past the boundary, each as it stands in code. */
const NAKED: readonly RegExp[] = [
  /\.(?:on|once|addListener|prependListener|prependOnceListener)\(/g,
  /(?<![.\w])(?:setTimeout|setInterval|setImmediate|queueMicrotask)\(/g,
  /\bprocess\.nextTick\(/g,
  /\.then\(/g,
  // A promise nobody waits for: `inBackground` takes it.
  /^[ \t]*void [\w#.]+[(.]/gm,
  /^[ \t]*(?:delay|nextTurn)\(/gm,
];

/** Calls whose last argument Node or a library calls back. */
const CALLING_BACK =
  /(?:\bcreate(?:Tls|Secure)?Server|\.(?:addEventListener|close|connect|destroySoon|end|flush|getConnections|listen|ping|request|send|setTimeout|write)|(?<![.\w])(?:deflate|finished|gzip|inflate|lookup|pipeline|randomBytes|readFile|scrypt|stat))\(/g;

/** Options that are called back, and whose answer is not theirs to give. */
const OPTION = /\b(?:ALPNCallback|SNICallback|callback|lookup|onread): (?:async )?(?:\(|\w+ =>)/g;

/** A function written where it is handed over. */
const FUNCTION = /^(?:async )?(?:\([^()]*(?:\([^()]*\)[^()]*)*\)(?:: [^=]+)?|\w+) =>|^(?:async )?function\b/;

/** What in a file's text would throw past the boundary. */
export function unguarded(text: string): string[] {
  const code = text.replace(/^[ \t]*(?:\/\/|\/?\*).*$/gm, '');
  const found = [...NAKED, OPTION].flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => lineAt(code, match.index)),
  );
  for (const { index, 0: call } of code.matchAll(CALLING_BACK)) {
    const last = argumentsAt(code, index + call.length);
    if (last.some((argument) => FUNCTION.test(argument))) found.push(lineAt(code, index));
  }
  return found;
}

function lineAt(code: string, index: number): string {
  const start = code.lastIndexOf('\n', index - 1) + 1;
  const first = code.slice(start, index).trim() === '' && code[index] === '\n' ? index + 1 : start;
  return code.slice(first, (code.indexOf('\n', Math.max(index, first)) + 1 || code.length + 1) - 1).trim();
}

/** The arguments of a call, as they are written. */
function argumentsAt(code: string, start: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < code.length; at++) {
    const char = code[at]!;
    if ('([{'.includes(char)) depth++;
    else if (depth === 0 && (char === ',' || char === ')')) {
      found.push(code.slice(from, at).trim());
      from = at + 1;
      if (char === ')') return found;
    } else if (')]}'.includes(char)) depth--;
  }
  return found;
}
