import type { Fields } from '../../test/support/hpack.ts';
import { END_STREAM, TYPE } from '../../test/support/raw-http2.ts';
import type { Http2Case } from './conversation.ts';

/** RFC 9113 §8.2.1. */
const NAME = /^:?[!#$%&'*+.^_`|~0-9a-z-]+$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 §5.5. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** As HPACK says a field without a name, and without a value. */
const NAMELESS = '\0\0\0';

/** The fields of all header blocks of a stream. */
export function fieldsOf({ parts }: Pick<Http2Case, 'parts'>, id: number): Fields {
  return parts.flatMap((part) => {
    if (part.kind !== 'block' || part.stream !== id) return [];
    return part.prefix === NAMELESS ? [['', ''], ...part.fields] : part.fields;
  });
}

/** Those of its message alone. */
export function fieldsToEnd({ parts }: Http2Case, id: number): Fields {
  const end = parts.findIndex(
    (part) => 'flags' in part && part.type <= TYPE.headers && part.stream === id && part.flags & END_STREAM,
  );
  return fieldsOf({ parts: end === -1 ? parts : parts.slice(0, end + 1) }, id);
}

/** Whether its name or its value is one that no field has. */
export function isNoField([name, value]: Fields[number]): boolean {
  if (/^:(?:method|protocol)$/.test(name) && !TOKEN.test(value)) return true;
  return !NAME.test(name) || !VALUE.test(value) || /^[ \t]|[ \t]$/.test(value);
}
