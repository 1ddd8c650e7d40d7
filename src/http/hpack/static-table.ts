import { Field } from './field.ts';
import { FieldName } from './field-name.ts';

/** RFC 7541 Appendix A, the entries 1 to 61: a name, and behind `=` its value. */
const ENTRIES = [
  ':authority',
  ':method=GET',
  ':method=POST',
  ':path=/',
  ':path=/index.html',
  ':scheme=http',
  ':scheme=https',
  ':status=200',
  ':status=204',
  ':status=206',
  ':status=304',
  ':status=400',
  ':status=404',
  ':status=500',
  'accept-charset',
  'accept-encoding=gzip, deflate',
  'accept-language',
  'accept-ranges',
  'accept',
  'access-control-allow-origin',
  'age',
  'allow',
  'authorization',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'etag',
  'expect',
  'expires',
  'from',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-modified',
  'link',
  'location',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'range',
  'referer',
  'refresh',
  'retry-after',
  'server',
  'set-cookie',
  'strict-transport-security',
  'transfer-encoding',
  'user-agent',
  'vary',
  'via',
  'www-authenticate',
];

/** Entries of the static table. */
export const STATIC_SIZE = ENTRIES.length;

/** By index; none has index 0 (RFC 7541 §6.1). */
export const STATIC: readonly (Field | undefined)[] = [undefined, ...staticFields()];

/** Entries with one name share it. */
function staticFields(): Field[] {
  const names = new Map<string, FieldName>();
  return ENTRIES.map((entry) => {
    const [text = '', value = ''] = entry.split('=');
    let name = names.get(text);
    if (name === undefined) {
      name = new FieldName(Buffer.from(text, 'latin1'), 0, text.length);
      names.set(text, name);
    }
    return new Field(name, Buffer.from(value, 'latin1'), 0, value.length, false);
  });
}
