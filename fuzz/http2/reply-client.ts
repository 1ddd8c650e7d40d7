import { RawClient, statusOf } from '../../test/support/raw-http.ts';
import { digestOf, type ReplyReading } from './reading.ts';

/** For a reply that may have no end. */
export const REPLY_MS = 300;

/** What a client of HTTP/1.1 gets through a proxy, of which it asks for this host. */
export async function askThrough(
  port: number,
  host: string,
  method: string,
  patience: number,
): Promise<ReplyReading> {
  const client = await RawClient.connect(port);
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    client.close();
  }, REPLY_MS * patience);
  try {
    client.send(`${method} / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    let response = await client.response(method === 'HEAD');
    while (statusOf(response) < 200) response = await client.response(method === 'HEAD');
    const status = statusOf(response);
    if (status === 502 || status === 503 || status === 504) return 'bad gateway';
    // A body that lasts until the connection ends has not ended then.
    return isLate ? 'cut' : `${status} ${digestOf(response.body)}`;
  } catch {
    if (client.received.includes('HTTP/1.1 ')) return 'cut';
    return isLate ? 'silence' : 'bad gateway';
  } finally {
    clearTimeout(late);
    client.close();
  }
}
