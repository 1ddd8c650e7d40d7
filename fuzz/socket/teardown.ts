/** What has to be undone when a run is over, last things first. */
export class Teardown {
  readonly #undo: (() => unknown)[] = [];

  after(undo: () => unknown): void {
    this.#undo.push(undo);
  }

  /** The same, for what tests start, too, until their own end. */
  onTestFinished(undo: () => unknown): void {
    this.after(undo);
  }

  async run(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }
}
