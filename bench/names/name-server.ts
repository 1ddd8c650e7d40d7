/** A name server of its own process: answers for names that end in `answered.test`, and says nothing of any other. Its address goes to the parent. */
import { DnsServer } from '../../test/support/dns-server.ts';

const server = await DnsServer.start({ onTestFinished() {} });
server.names.get = (name) => (name.endsWith('answered.test') ? ['127.0.0.1'] : 'silent');
process.send!(server.address);
