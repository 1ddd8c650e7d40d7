import {
  DEFAULT_FRAME,
  DEFAULT_TABLE,
  DEFAULT_WINDOW,
  ENABLE_CONNECT_PROTOCOL,
  ENABLE_PUSH,
  FLOW_CONTROL_ERROR,
  HEADER_TABLE_SIZE,
  INITIAL_WINDOW_SIZE,
  MAX_CONCURRENT_STREAMS,
  MAX_FRAME_SIZE,
  MAX_HEADER_LIST_SIZE,
  MAX_WINDOW,
  NO_RFC7540_PRIORITIES,
  PROTOCOL_ERROR,
} from './codes.ts';

const LARGEST_FRAME = 2 ** 24 - 1;
/** Name and value. Bytes. */
export const ENTRY = 6;

/** What the other side has asked for (RFC 9113 §6.5.2). */
export class PeerSettings {
  /** Of the table that it keeps for us. Octets. */
  headerTable = DEFAULT_TABLE;
  maxStreams = Number.POSITIVE_INFINITY;
  initialWindow = DEFAULT_WINDOW;
  maxFrame = DEFAULT_FRAME;
  /** Of a head as §6.5.2 counts it: names, values and 32 bytes for each field. */
  maxHeaderList = Number.POSITIVE_INFINITY;
  /** RFC 8441 §3. */
  connectProtocol = false;

  /**
   * Takes one entry; `null`, or the code of the connection error that it is. Unknown ones are ignored. `fromServer`: the
   * other side is one.
   */
  take(name: number, value: number, fromServer: boolean): number | null {
    switch (name) {
      case HEADER_TABLE_SIZE:
        this.headerTable = value;
        return null;
      case ENABLE_PUSH:
        // §6.5.2: a server never allows it.
        return value > (fromServer ? 0 : 1) ? PROTOCOL_ERROR : null;
      case MAX_CONCURRENT_STREAMS:
        this.maxStreams = value;
        return null;
      case INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW) return FLOW_CONTROL_ERROR;
        this.initialWindow = value;
        return null;
      case MAX_FRAME_SIZE:
        if (value < DEFAULT_FRAME || value > LARGEST_FRAME) return PROTOCOL_ERROR;
        this.maxFrame = value;
        return null;
      case MAX_HEADER_LIST_SIZE:
        this.maxHeaderList = value;
        return null;
      case ENABLE_CONNECT_PROTOCOL:
        // RFC 8441 §3: what has been allowed stays so.
        if (value > 1 || (value === 0 && this.connectProtocol)) return PROTOCOL_ERROR;
        this.connectProtocol = value === 1;
        return null;
      case NO_RFC7540_PRIORITIES:
        // RFC 9218 §2.1; nobody here has ever heeded those.
        return value > 1 ? PROTOCOL_ERROR : null;
      default:
        return null;
    }
  }
}
