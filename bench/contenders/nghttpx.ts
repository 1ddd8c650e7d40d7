import { join } from 'node:path';
import type { Contender, Setting } from '../contender.ts';
import { findProgram } from '../find-program.ts';
import { freePorts } from '../free-ports.ts';

/** The proxy of nghttp2's authors: what HTTP/2 need cost. */
export const nghttpx: Contender = {
  name: 'nghttpx',
  compiled: true,
  listeners: ['https', 'h2c'],
  missing: () => (findProgram('nghttpx') ? undefined : 'not installed: apt-get install nghttp2-proxy'),
  async start(setting) {
    const { bed, label, cores, threads, originPort } = setting;
    const [port] = (await freePorts(1)) as [number];
    const accessLog = join(bed.directory, `${label}-access.log`);
    const daemon = bed.start(label, cores, findProgram('nghttpx')!, [
      `--frontend=127.0.0.1,${port}${setting.listener === 'h2c' ? ';no-tls' : ''}`,
      `--backend=127.0.0.1,${originPort}`,
      `--workers=${threads}`,
      `--accesslog-file=${accessLog}`,
      '--conf=/dev/null',
      '--add-x-forwarded-for',
      '--frontend-max-requests=1000000000',
      '--frontend-http2-max-concurrent-streams=128',
      ...keyAndCertificate(setting),
    ]);
    return { daemon, port, accessLog };
  },
};

function keyAndCertificate({ certificate }: Setting): string[] {
  return certificate ? [certificate.key, certificate.cert] : [];
}
