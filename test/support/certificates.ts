import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its key, PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateWishes {
  /** As `openssl -subj` takes it. */
  readonly subject?: string;
  /** Like `DNS:a.test,IP:127.0.0.1`; empty: none. */
  readonly names?: string;
  /** Days from now: of its beginning and its end. */
  readonly days?: readonly [from: number, to: number];
}

/** A certificate authority of its own, made by `openssl` and gone when the process is. */
export class Authority implements Identity {
  readonly cert: string;
  readonly key: string;
  readonly #directory: string;
  #serial = 0;

  /** `parent`: who signs for it; by default it does itself. */
  constructor(subject = '/O=Cellgate tests/CN=Test CA', parent: Authority | null = null) {
    this.#directory = mkdtempSync(join(tmpdir(), 'cellgate-ca-'));
    process.on('exit', () => rmSync(this.#directory, { recursive: true, force: true }));
    const name = ['-subj', subject, '-addext', 'basicConstraints=critical,CA:TRUE'];
    if (parent === null) {
      this.#openssl('req', '-x509', ...newKey('ca'), '-out', 'ca.pem', '-days', '30', ...name);
    } else {
      this.#openssl('req', '-new', ...newKey('ca'), '-out', 'ca.csr', ...name);
      this.#openssl(
        ...['x509', '-req', '-in', 'ca.csr', '-copy_extensions', 'copy', '-out', 'ca.pem', '-days', '30'],
        ...['-CA', join(parent.#directory, 'ca.pem'), '-CAkey', join(parent.#directory, 'ca.key')],
      );
    }
    this.cert = this.#read('ca.pem');
    this.key = this.#read('ca.key');
  }

  issue({ subject = '/CN=leaf', names = '', days = [-1, 20] }: CertificateWishes = {}): Identity {
    const name = `leaf-${++this.#serial}`;
    this.#openssl('req', '-new', ...newKey(name), '-out', `${name}.csr`, '-subj', subject);
    writeFileSync(join(this.#directory, `${name}.ext`), names === '' ? '' : `subjectAltName=${names}\n`);
    this.#openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key'],
      ...['-set_serial', String(this.#serial), '-extfile', `${name}.ext`, '-out', `${name}.pem`],
      ...['-days', String(days[1])],
    );
    if (days[1] <= 0 || days[0] > 0) this.#redate(name, days);
    return { cert: this.#read(`${name}.pem`), key: this.#read(`${name}.key`) };
  }

  /** `openssl x509` begins now; only `openssl ca` takes two dates. */
  #redate(name: string, [from, to]: readonly [number, number]): void {
    for (const file of ['index.txt', 'index.txt.attr']) writeFileSync(join(this.#directory, file), '');
    writeFileSync(join(this.#directory, 'serial'), `10${String(this.#serial).padStart(2, '0')}`);
    writeFileSync(
      join(this.#directory, 'ca.cnf'),
      '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\npolicy=p\ndefault_md=sha256\n[p]\ncommonName=optional\norganizationName=optional\n',
    );
    this.#openssl(
      ...['ca', '-batch', '-notext', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key'],
      ...['-startdate', asn1Time(from), '-enddate', asn1Time(to), '-extfile', `${name}.ext`],
      ...['-in', `${name}.csr`, '-out', `${name}.pem`],
    );
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#directory, stdio: 'pipe' });
  }

  #read(file: string): string {
    return readFileSync(join(this.#directory, file), 'utf8');
  }
}

function newKey(name: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
}

function asn1Time(daysFromNow: number): string {
  const date = new Date(Date.now() + daysFromNow * 86_400_000).toISOString();
  return `${date.slice(2, 19).replace(/[-T:]/g, '')}Z`;
}
