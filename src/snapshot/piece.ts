import { performance } from 'node:perf_hooks';

/** The control thread has other work: a piece is what fits into so much of a turn of the loop. Milliseconds. */
const PIECE_MS = 1.5;

/** What is said in one turn of the loop. */
export class Piece {
  text = '';
  #endsAt = 0;

  constructor() {
    this.begin();
  }

  begin(): void {
    this.text = '';
    this.#endsAt = performance.now() + PIECE_MS;
  }

  isFull(): boolean {
    return performance.now() >= this.#endsAt;
  }
}
