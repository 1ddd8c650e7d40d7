/** Why a command cannot begin; one sentence for the operator. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}
