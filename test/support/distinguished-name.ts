import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from '@peculiar/asn1-x509';

/** Attribute types (RFC 4519 §2). */
const TYPES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
};

/** @param text like `/O=Org/OU=a+OU=b/CN=leaf`, from the first place to the last; a `+` joins those of one place */
export function distinguishedName(text: string): Name {
  const places = text.split('/').slice(1);
  return new Name(places.map((place) => new RelativeDistinguishedName(place.split('+').map(attribute))));
}

function attribute(text: string): AttributeTypeAndValue {
  const equals = text.indexOf('=');
  const type = TYPES[text.slice(0, equals)];
  if (type === undefined) throw new Error(`${text} is no attribute that tests need`);
  const value = text.slice(equals + 1);
  // A country is of PrintableString (RFC 5280, appendix A.1).
  const told = type === TYPES['C'] ? { printableString: value } : { utf8String: value };
  return new AttributeTypeAndValue({ type, value: new AttributeValue(told) });
}
