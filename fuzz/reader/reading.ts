/** Names and values, in their order; text is Latin-1, one character a byte. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** One message as a reader understood it. */
export interface ReadMessage {
  /** `METHOD target` of a request, the status of a response. */
  readonly start: string;
  readonly fields: Fields;
  readonly body: string;
  readonly trailers: Fields;
  /** Whether its end was seen; only the last of a reading can lack one. */
  readonly complete: boolean;
}

export interface Reading<Message extends ReadMessage = ReadMessage> {
  readonly messages: readonly Message[];
  /** `whole`: nothing is left over. `unfinished`: the bytes break off. `refused`: the rest is no HTTP to this reader. */
  readonly end: 'whole' | 'unfinished' | 'refused';
  /** Why the rest was refused, in the reader's own words. */
  readonly why: string;
}
