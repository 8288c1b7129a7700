import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The admin port knows one user, as Redis does without ACLs. */
const DEFAULT_USER = 'default';

/** Judges AUTH and HELLO … AUTH. */
export class Credentials {
  readonly #key = randomBytes(32);
  readonly #digest: Buffer | null;

  /** @param password absent or empty: nobody has to authenticate. */
  constructor(password: string | undefined) {
    this.#digest = password === undefined || password === '' ? null : this.#digestOf(password);
  }

  get required(): boolean {
    return this.#digest !== null;
  }

  /** Without a password any one is accepted for `default`, as Redis does for a `nopass` user. */
  accepts(user: string, password: string): boolean {
    // Digests have one length, so neither the length nor the first different character shows in the time it takes.
    const matches = this.#digest === null || timingSafeEqual(this.#digest, this.#digestOf(password));
    return matches && user === DEFAULT_USER;
  }

  #digestOf(password: string): Buffer {
    return createHmac('sha256', this.#key).update(password).digest();
  }
}
