interface NamespaceOptions {
  readonly masterauth?: string;
  readonly replNamespaces?: boolean;
  readonly cluster?: boolean;
}

/** The administrator's; what Kvrocks calls it. */
export const DEFAULT_NAMESPACE = '__namespace';

/** Which database of the redis-server behind keeps a namespace: the same on all nodes, since databases are replicated by number. */
const databases = new Map<string, number>([[DEFAULT_NAMESPACE, 0]]);

/**
 * Namespaces and their tokens, as the source of Kvrocks (`namespace.cc`) and its documentation have them; none were recorded. A token is
 * a password that lets in to one namespace, without the rights of an administrator.
 */
export class Namespaces {
  readonly #requirepass: string;
  readonly #options: NamespaceOptions;
  /** By token. */
  #names = new Map<string, string>();
  /** Nodes that replicate from this one. */
  readonly #copies = new Set<Namespaces>();
  #isReplica = false;

  constructor(requirepass: string, options: NamespaceOptions) {
    this.#requirepass = requirepass;
    this.#options = options;
  }

  /** The namespace that a password lets in to; null when it is none. */
  named(password: string): string | null {
    return password === this.#requirepass ? DEFAULT_NAMESPACE : (this.#names.get(password) ?? null);
  }

  /** `NAMESPACE GET *`: name, token, name, token, … */
  get list(): readonly string[] {
    const tokens = [...this.#names].sort(([one], [other]) => (one < other ? -1 : 1));
    return [...tokens.flatMap(([token, name]) => [name, token]), DEFAULT_NAMESPACE, this.#requirepass];
  }

  tokenOf(name: string): string | null {
    return [...this.#names].find(([, each]) => each === name)?.[0] ?? null;
  }

  /** @returns an error, or null. */
  add(name: string, token: string): string | null {
    const present = this.tokenOf(name);
    if (present !== null) return present === token ? null : 'the namespace already exists';
    return this.set(name, token);
  }

  /** @returns an error, or null. */
  set(name: string, token: string): string | null {
    const { cluster, masterauth } = this.#options;
    if (this.#isReadOnly) return 'namespace is read-only for slave';
    if (this.#requirepass === '') return 'forbidden to add namespace when requirepass was empty';
    if (cluster === true) return 'forbidden to add namespace when cluster mode was enabled';
    if (name === DEFAULT_NAMESPACE) return 'forbidden to add the default namespace';
    if (token === this.#requirepass || token === masterauth) {
      return 'the token is duplicated with requirepass or masterauth';
    }
    const holder = this.#names.get(token);
    if (holder !== undefined) return holder === name ? null : 'the token already exists';
    this.#names.delete(this.tokenOf(name) ?? '');
    this.#names.set(token, name);
    this.#replicate();
    return null;
  }

  /** @returns an error, or null. */
  delete(name: string): string | null {
    if (this.#isReadOnly) return 'namespace is read-only for slave';
    if (name === DEFAULT_NAMESPACE) return 'forbidden to delete the default namespace';
    const token = this.tokenOf(name);
    if (token === null) return 'the namespace was not found';
    this.#names.delete(token);
    this.#replicate();
    return null;
  }

  /** The node follows another, or (null) nobody. Only with `repl-namespace-enabled` do its namespaces, too. */
  adopt(master: Namespaces | null): void {
    this.#isReplica = master !== null;
    if (master === null || this.#options.replNamespaces !== true) return;
    master.#copies.add(this);
    this.#names = new Map(master.#names);
  }

  get #isReadOnly(): boolean {
    return this.#isReplica && this.#options.replNamespaces === true;
  }

  #replicate(): void {
    if (this.#isReplica) return;
    for (const copy of this.#copies) if (copy.#isReplica) copy.#names = new Map(this.#names);
  }
}

/** The database of the redis-server behind that keeps a namespace. */
export function databaseOf(namespace: string): number {
  const known = databases.get(namespace);
  if (known !== undefined) return known;
  databases.set(namespace, databases.size);
  return databases.size - 1;
}
