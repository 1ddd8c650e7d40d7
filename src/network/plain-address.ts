/** An IPv4 peer of a listener for both families, as it is; of a link-local one without the zone, which is ours alone. */
export function plainAddress(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7);
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}
