/** What a browser says of where a request comes from; undefined: nothing. */
export interface Origins {
  readonly scheme: 'http' | 'https';
  /** `Host` */
  readonly host: string;
  /** `Origin` */
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site` */
  readonly site: string | undefined;
}

/**
 * `own`: a page of ours, as the browser itself says. `foreign`: a page of somebody else's, one on another port of this
 * machine too, since applications are just there. `unsaid`: no browser, or one that its user has typed the address into.
 */
export function originOf({ scheme, host, origin, site }: Origins): 'own' | 'foreign' | 'unsaid' {
  if (origin !== undefined && origin.toLowerCase() !== `${scheme}://${host}`.toLowerCase()) return 'foreign';
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'foreign';
  return origin !== undefined || site === 'same-origin' ? 'own' : 'unsaid';
}
