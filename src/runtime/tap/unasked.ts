/** A router that could not be asked, and why. */
export interface Unasked {
  readonly id: string;
  /** One sentence, with what to do about it. */
  readonly why: string;
}

export interface Peers {
  /** Of this router, as in the roll-call. */
  readonly id: string;
  /** Whether records of requests may cross the bus. */
  readonly sealed: boolean;
  /** All that the roll-call knows, this one among them. */
  routers(): readonly string[];
  /** Those that do not answer the roll-call. */
  gorouters(): readonly string[];
}

const NO_KEY =
  'without cellgate.bus_key what clients did does not cross the bus: configure it in all routers, or ask that one with --admin';
const SILENT =
  'no answer: it is stuck or away, it has no cellgate.bus_key or another one, or its clock is more than a minute off';
const GOROUTER = 'it is no Cellgate, and keeps nothing';

/** Routers that can be asked of what clients did, this one among them. */
export function askable({ id, sealed, routers }: Peers): readonly string[] {
  return sealed ? routers() : [id];
}

/** All others, and those that have not answered. @param answered ids of those that have */
export function unasked(peers: Peers, answered: { has(id: string): boolean }): Unasked[] {
  const { id: own, sealed, routers, gorouters } = peers;
  const why = sealed ? SILENT : NO_KEY;
  const silent = routers().filter((id) => id !== own && !answered.has(id));
  return [...silent.map((id) => ({ id, why })), ...gorouters().map((id) => ({ id, why: GOROUTER }))];
}
