import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  BasicConstraints,
  Certificate,
  Extension,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_subjectAltName,
  type Name,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import { distinguishedName } from './distinguished-name.ts';

/** A certificate with its key, PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateWishes {
  /** Attributes of a name from the first, like `/O=Org/OU=a+OU=b/CN=leaf`; a `+` joins those of one place. */
  readonly subject?: string;
  /** Like `DNS:a.test,IP:127.0.0.1`; empty: none. */
  readonly names?: string;
  /** Days from now: of its beginning and its end. */
  readonly days?: readonly [from: number, to: number];
}

const CURVE = 'P-256';
const ECDSA_WITH_SHA256 = new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });
const DAY_MS = 86_400_000;
const SECOND_MS = 1000;
const LINE = /.{1,64}/g;

interface Content {
  readonly subject: Name;
  readonly serial: number;
  readonly days: readonly [from: number, to: number];
  readonly extensions: readonly Extension[];
  readonly publicKey: KeyObject;
}

/** A certificate authority of its own. */
export class Authority implements Identity {
  readonly cert: string;
  readonly key: string;
  readonly #name: Name;
  readonly #privateKey: KeyObject;
  #serial = 0;

  /** `parent`: who signs for it; by default it does itself. */
  constructor(subject = '/O=Cellgate tests/CN=Test CA', parent: Authority | null = null) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
    this.#name = distinguishedName(subject);
    this.#privateKey = privateKey;
    const issuer = parent ?? this;
    const critical = extension(id_ce_basicConstraints, new BasicConstraints({ cA: true }), true);
    this.cert = issuer.#sign({
      subject: this.#name,
      serial: ++issuer.#serial,
      days: [-1, 30],
      extensions: [critical],
      publicKey,
    });
    this.key = keyText(privateKey);
  }

  issue({ subject = '/CN=leaf', names = '', days = [-1, 20] }: CertificateWishes = {}): Identity {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
    const cert = this.#sign({
      subject: distinguishedName(subject),
      serial: ++this.#serial,
      days,
      extensions: names === '' ? [] : [extension(id_ce_subjectAltName, alternativeNames(names), false)],
      publicKey,
    });
    return { cert, key: keyText(privateKey) };
  }

  #sign({ subject, serial, days: [from, to], extensions, publicKey }: Content): string {
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const content = new TBSCertificate({
      version: Version.v3,
      serialNumber: bytesOf(serial),
      signature: ECDSA_WITH_SHA256,
      issuer: this.#name,
      validity: new Validity({ notBefore: daysFromNow(from), notAfter: daysFromNow(to) }),
      subject,
      subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
      // A list of none is not to be there at all.
      ...(extensions.length > 0 ? { extensions: new Extensions([...extensions]) } : {}),
    });
    const signature = sign('sha256', Buffer.from(AsnConvert.serialize(content)), this.#privateKey);
    const certificate = new Certificate({
      tbsCertificate: content,
      signatureAlgorithm: ECDSA_WITH_SHA256,
      signatureValue: Uint8Array.from(signature).buffer,
    });
    return pem(Buffer.from(AsnConvert.serialize(certificate)));
  }
}

function extension(id: string, value: object, critical: boolean): Extension {
  return new Extension({ extnID: id, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function alternativeNames(names: string): SubjectAlternativeName {
  const all = names.split(',').map((name) => {
    const [, kind, value = ''] = /^(DNS|IP):(.+)$/.exec(name) ?? [];
    if (kind === undefined) throw new Error(`${name} is no name of a kind that tests need`);
    return new GeneralName(kind === 'IP' ? { iPAddress: value } : { dNSName: value });
  });
  return new SubjectAlternativeName(all);
}

/** To the second, as certificates tell the time. */
function daysFromNow(days: number): Date {
  const at = Date.now() + days * DAY_MS;
  return new Date(at - (at % SECOND_MS));
}

/** A positive integer as DER has it, with a first byte that is no sign. */
function bytesOf(serial: number): ArrayBuffer {
  return Uint8Array.of(0, serial >> 8, serial & 0xff).slice(serial < 0x80 ? 2 : serial < 0x8000 ? 1 : 0)
    .buffer;
}

function keyText(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(LINE) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
