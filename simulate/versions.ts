/** Who is in a route: what tells one state of one backend from any other. */
export type Members = ReadonlySet<string>;

interface Version {
  /** Of the batch that it goes out with. */
  readonly epoch: number;
  readonly members: Members;
}

/** The routes as they were after each change: what proxy threads, which are behind, may know of. */
export class Versions {
  readonly #routes = new Map<string, Version[]>();

  /** The route has changed, as is told with the batch of this number. */
  changed(key: string, epoch: number, members: Members): void {
    const versions = this.#routes.get(key);
    if (versions === undefined) this.#routes.set(key, [{ epoch, members }]);
    else versions.push({ epoch, members });
  }

  /** Whether a thread that has applied all batches up to `epoch`, and perhaps some of the next, may know of such a member. */
  mayHave(epoch: number, key: string, isIt: (member: string) => boolean): boolean {
    const versions = this.#routes.get(key) ?? [];
    for (let at = versions.length - 1; at >= 0; at--) {
      const version = versions[at]!;
      if (version.members.values().some(isIt)) return true;
      if (version.epoch <= epoch) return false;
    }
    return false;
  }

  /** Nobody knows less than the batch of this number. */
  forgetBefore(epoch: number): void {
    for (const versions of this.#routes.values()) {
      while (versions.length > 1 && versions[1]!.epoch <= epoch) versions.shift();
    }
  }
}
