/** Where the routing API and the UAA are, and how to talk to them; times in milliseconds. */
export interface RoutingApiSettings {
  /** `http://host:port` or `https://host:port`. */
  readonly url: string;
  /** PEM; empty: the system's authorities, no certificate. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Null: the routing API asks for no token. */
  readonly oauth: OAuthSettings | null;
  /** Of a connection, of the head of an answer, and between two parts of its body; four times as much in all. */
  readonly requestTimeout: number;
  /** Of a stream of events, after which it is opened anew: nothing else tells that the other side is gone. */
  readonly streamSilence: number;
}

export interface OAuthSettings {
  readonly url: string;
  readonly client: string;
  readonly secret: string;
  readonly ca: string;
  readonly skipValidation: boolean;
  readonly retries: number;
  readonly retryInterval: number;
  /** Before its end at which a token is no longer used. */
  readonly margin: number;
}
