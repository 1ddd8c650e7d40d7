/** Faults that the router once had, or might have: each can be put back, to see that the simulation finds it. */
export const FAULTS = [
  /** A pinned request keeps the endpoints that there were when it came. */
  'pinned copy',
  /** A request goes out over a new connection whatever has become of its route meanwhile. */
  'late dials',
  /** A slot is handed out again as soon as its backend has left the table, and nothing tells its holders apart. */
  'slots at once',
  /** A record is written over as soon as it is not needed any more by the control thread. */
  'records at once',
  /** A backend's states beyond the sixteenth are lost now and then. */
  'lost states',
  /** What a thread that died had begun goes on counting. */
  'unsettled threads',
] as const;

export type Fault = (typeof FAULTS)[number];
