import { crc32c } from './crc32c.ts';
import { fault, MAX_HEADER_BYTES, PARTIAL, type ProxyHeader, type ProxyRead } from './header.ts';
import { ipv4Text, ipv6Text } from './ip-address.ts';

const FIXED_BYTES = 16;
const VERSION_2 = 2;
const LOCAL = 0;
const PROXY = 1;
const INET = 1;
const INET6 = 2;
const UNIX = 3;
const ADDRESS_BYTES = [0, 12, 36, 216];
const TYPE_CRC32C = 0x03;

/** The binary header, its signature already seen as far as it is there. */
export function readV2(bytes: Buffer, start: number, end: number): ProxyRead {
  if (end - start < FIXED_BYTES) return PARTIAL;
  const command = bytes[start + 12]! & 0x0f;
  const family = bytes[start + 13]! >> 4;
  const transport = bytes[start + 13]! & 0x0f;
  if (bytes[start + 12]! >> 4 !== VERSION_2 || command > PROXY) return fault('malformed');
  if (family > UNIX || transport > 2) return fault('malformed');
  const length = FIXED_BYTES + bytes.readUInt16BE(start + 14);
  if (length > MAX_HEADER_BYTES) return fault('too-long');
  // The addresses of LOCAL are to be ignored, whatever they are.
  const addresses = command === LOCAL ? 0 : ADDRESS_BYTES[family]!;
  if (length < FIXED_BYTES + addresses) return fault('malformed');
  if (end - start < length) return PARTIAL;
  if (command !== LOCAL) {
    const flaw = extensionFlaw(bytes, start, start + FIXED_BYTES + addresses, start + length);
    if (flaw !== null) return fault(flaw);
  }
  const header: ProxyHeader =
    command === PROXY && (family === INET || family === INET6) && transport !== 0
      ? proxied(bytes, start + FIXED_BYTES, family)
      : { kind: 'local' };
  return { kind: 'header', header, length };
}

function proxied(bytes: Buffer, at: number, family: typeof INET | typeof INET6): ProxyHeader {
  const size = family === INET ? 4 : 16;
  const text = family === INET ? ipv4Text : ipv6Text;
  return {
    kind: 'proxied',
    source: text(bytes, at),
    destination: text(bytes, at + size),
    sourcePort: bytes.readUInt16BE(at + 2 * size),
    destinationPort: bytes.readUInt16BE(at + 2 * size + 2),
  };
}

/** Extensions must fill their place exactly, and a checksum among them must be right. */
function extensionFlaw(
  bytes: Buffer,
  start: number,
  at: number,
  end: number,
): 'malformed' | 'bad-checksum' | null {
  let next = at;
  while (next < end) {
    if (end - next < 3) return 'malformed';
    const type = bytes[next]!;
    const length = bytes.readUInt16BE(next + 1);
    const value = next + 3;
    next = value + length;
    if (next > end) return 'malformed';
    if (type !== TYPE_CRC32C) continue;
    if (length !== 4) return 'malformed';
    if (bytes.readUInt32BE(value) !== crc32c(bytes, start, end, value)) return 'bad-checksum';
  }
  return null;
}
