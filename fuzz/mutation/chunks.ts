import { type Mutation, replaceOne } from './splice.ts';

const SIZE = /(?<=\r\n)[0-9A-Fa-f]+(?=(?:;[^\r\n]*)?\r\n)/g;
const SIZE_LINE = /(?<=\r\n)[0-9A-Fa-f]+(?:;[^\r\n]*)?\r\n/g;

const changeSize: Mutation = (text, random) =>
  replaceOne(text, random, SIZE, (digits) => {
    const size = Number.parseInt(digits, 16);
    const sizes = [size + 1, size + 2, Math.max(0, size - 1), 0, size + 16, size * 16];
    return random.pick(sizes).toString(16);
  });

const spellSize: Mutation = (text, random) =>
  replaceOne(text, random, SIZE, (digits) =>
    random.pick([
      ...[
        `0x${digits}`,
        `+${digits}`,
        `-${digits}`,
        ` ${digits}`,
        `${digits} `,
        `${digits}\t`,
        `0${digits}`,
        '',
      ],
      ...[
        `${'0'.repeat(20)}${digits}`,
        `1${'0'.repeat(16)}${digits}`,
        'ffffffffffffffff',
        `${digits}_0`,
        `${digits}h`,
      ],
      ...[digits.toUpperCase(), `00000000${digits}`, `fffffffffffff`, `20000000000000`],
    ]),
  );

const extension: Mutation = (text, random) =>
  replaceOne(text, random, SIZE, (digits) => {
    const extensions = [
      ';',
      ';a',
      ';a=b',
      ';a="\r\n"',
      ';a=\n',
      ';a\rb',
      ';\0',
      ' ;a',
      '; a',
      ';\xff',
      ';a="b;c"',
      ',a',
    ];
    if (random.oneIn(12)) return `${digits};${'e'.repeat(random.pick([1000, 17_000]))}`;
    return digits + random.pick(extensions);
  });

const sizeLineEnd: Mutation = (text, random) =>
  replaceOne(
    text,
    random,
    SIZE_LINE,
    (line) => line.slice(0, -2) + random.pick(['\n', '\r', '\r\r\n', '\n\r\n', ' \r\n', '']),
  );

const lastChunk: Mutation = (text, random) =>
  replaceOne(text, random, /(?<=\r\n)0\r\n\r\n/g, () =>
    random.pick([
      ...[
        '0\r\n',
        '0\r\n\n',
        '0\n\n',
        '0\r\n\r',
        '00\r\n\r\n',
        '0;x\r\n\r\n',
        '\r\n',
        '0\r\nX: y\r\n\r\n',
        '0 \r\n\r\n',
      ],
      ...[
        '0\r\nX: y\n\r\n',
        '0\r\nX\r\n\r\n',
        '0\r\n X: y\r\n\r\n',
        '0\r\nTransfer-Encoding: chunked\r\n\r\n',
        '',
      ],
      ...[
        '0\r\nContent_Length: 5\r\n\r\n',
        '0\r\nX_Y: z\r\n\r\n',
        `0\r\n${'X: y\r\n'.repeat(130)}\r\n`,
        '0\r\n\r\n0\r\n\r\n',
      ],
    ]),
  );

export const CHUNK_MUTATIONS = [changeSize, spellSize, extension, sizeLineEnd, lastChunk] as const;
