/** Something the benchmark needs is not there or did not come up; the message is one sentence for the reader. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
