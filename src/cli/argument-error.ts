/** An argument that the admin port would not understand. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
}
