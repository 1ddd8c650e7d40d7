import type { EndpointFacts } from '../routing/endpoint.ts';
import type { Member } from './members.ts';

type Identity = Pick<EndpointFacts, 'appId' | 'instanceId'>;

/**
 * Members in plain text that nobody has spoken of since the bus was lost, by address: as soon as another application
 * announces that address, it is no longer theirs.
 */
export class Suspects {
  readonly #byAddress = new Map<string, Member | Member[]>();

  get size(): number {
    return this.#byAddress.size;
  }

  add(member: Member): void {
    const { address } = member.held;
    const others = this.#byAddress.get(address);
    if (others === undefined) this.#byAddress.set(address, member);
    else if (Array.isArray(others)) others.push(member);
    else this.#byAddress.set(address, [others, member]);
  }

  /** Those at an address that are chosen; they are suspects no longer, and neither are those of whom `isOver` is true. */
  take(
    address: string,
    isChosen: (member: Member) => boolean,
    isOver: (member: Member) => boolean,
  ): Member[] {
    const held = this.#byAddress.get(address);
    if (held === undefined) return [];
    const members = (Array.isArray(held) ? held : [held]).filter((member) => !isOver(member));
    const chosen: Member[] = [];
    const rest: Member[] = [];
    for (const member of members) (isChosen(member) ? chosen : rest).push(member);
    if (rest.length === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, rest.length === 1 ? rest[0]! : rest);
    return chosen;
  }

  clear(): void {
    this.#byAddress.clear();
  }
}

/** Whether both are one instance, which cannot be at two addresses: the same index or id within one application. */
export function isSameInstance(
  present: Identity & Pick<EndpointFacts, 'instanceIndex'>,
  announced: Identity & Pick<EndpointFacts, 'instanceIndex'>,
): boolean {
  if (present.appId === '' || present.appId !== announced.appId) return false;
  const { instanceIndex, instanceId } = announced;
  return instanceIndex === ''
    ? instanceId !== '' && present.instanceId === instanceId
    : present.instanceIndex === instanceIndex;
}

/** Whether both cannot be at one address. Where no application is named, instances tell. */
export function isAnother(present: Identity, announced: Identity): boolean {
  if (present.appId !== announced.appId) return true;
  return (
    present.appId === '' &&
    present.instanceId !== announced.instanceId &&
    present.instanceId !== '' &&
    announced.instanceId !== ''
  );
}
