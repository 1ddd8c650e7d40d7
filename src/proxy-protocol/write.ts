import type { ProxyHeader } from './header.ts';
import { ipv4Bytes, ipv6Bytes } from './ip-address.ts';
import { V2_SIGNATURE } from './read.ts';

export type ProxyVersion = 'v1' | 'v2';

/** Addresses that are no IP addresses, or of two families, are sent as unknown. */
export function proxyHeaderBytes(version: ProxyVersion, header: ProxyHeader): Buffer {
  return version === 'v1' ? Buffer.from(lineV1(header), 'latin1') : binaryV2(header);
}

function lineV1(header: ProxyHeader): string {
  if (header.kind === 'local') return 'PROXY UNKNOWN\r\n';
  const { source, destination, sourcePort, destinationPort } = header;
  const family = familyOf(source, destination);
  if (family === null) return 'PROXY UNKNOWN\r\n';
  return `PROXY ${family} ${source} ${destination} ${sourcePort} ${destinationPort}\r\n`;
}

function binaryV2(header: ProxyHeader): Buffer {
  if (header.kind === 'local') return fixedPart(0x20, 0x00, 0);
  const { source, destination, sourcePort, destinationPort } = header;
  const family = familyOf(source, destination);
  if (family === null) return fixedPart(0x21, 0x00, 0);
  const bytesOf = family === 'TCP4' ? ipv4Bytes : ipv6Bytes;
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(sourcePort, 0);
  ports.writeUInt16BE(destinationPort, 2);
  const block = Buffer.concat([Buffer.from(bytesOf(source)!), Buffer.from(bytesOf(destination)!), ports]);
  return Buffer.concat([fixedPart(0x21, family === 'TCP4' ? 0x11 : 0x21, block.length), block]);
}

function fixedPart(versionAndCommand: number, family: number, length: number): Buffer {
  return Buffer.concat([V2_SIGNATURE, Buffer.from([versionAndCommand, family, length >> 8, length & 0xff])]);
}

function familyOf(source: string, destination: string): 'TCP4' | 'TCP6' | null {
  if (ipv4Bytes(source) !== null && ipv4Bytes(destination) !== null) return 'TCP4';
  return ipv6Bytes(source) !== null && ipv6Bytes(destination) !== null ? 'TCP6' : null;
}
