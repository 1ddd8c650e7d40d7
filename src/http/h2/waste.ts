/** What a peer can send that brings nothing, by the name under which too much of it is counted (RFC 9113 §10.5). */
export type Waste =
  | 'http2_pings'
  | 'http2_settings'
  | 'http2_priorities'
  | 'http2_window_updates'
  | 'http2_small_data'
  | 'http2_continuations'
  | 'http2_late_frames'
  | 'http2_unknown_frames';

/** One of them, in units of which a client has some thousands, and some hundreds a second. */
export const WASTE: Readonly<Record<Waste, number>> = {
  http2_pings: 1,
  http2_settings: 2,
  http2_priorities: 0.5,
  http2_window_updates: 0.25,
  http2_small_data: 1,
  http2_continuations: 1,
  http2_late_frames: 0.5,
  http2_unknown_frames: 1,
};

/** Bytes of a DATA frame from which on it is worth what it costs: what the least of gRPC's messages takes. */
export const LEAST_DATA = 5;
