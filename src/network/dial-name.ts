import type { LookupFunction } from 'node:net';
import type { Names } from './names.ts';

function waitForNothing(): void {}

/** The looking up of the name that one dial is made to. Where it is to an address nothing happens. */
export class DialName {
  readonly #names: Pick<Names, 'ask'>;
  #leave = waitForNothing;

  constructor(names: Pick<Names, 'ask'>) {
    this.#names = names;
  }

  /** For the socket, once. */
  readonly lookUp: LookupFunction = (name, options, callback) => {
    this.#leave = this.#names.ask(name, options, callback);
  };

  /** The dial is over, whichever way: nothing holds on to it for the name's sake. */
  forget(): void {
    this.#leave();
    this.#leave = waitForNothing;
  }
}
