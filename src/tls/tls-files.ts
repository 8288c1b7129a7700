/** A certificate and its key, as the settings name them. */
export interface KeyPairFiles {
  /** The names of the settings, for what is said about them. */
  readonly setting: { readonly cert: string; readonly key: string; readonly password: string };
  readonly certFile: string;
  readonly keyFile: string;
  readonly password: string | null;
}

/** Certificates that are trusted. */
export interface CaFile {
  readonly setting: string;
  readonly file: string;
}

/** All files that TLS needs, by what they are for. */
export interface TlsFiles {
  /** For listeners; clients that ask for no name, or for one that none is for, get the first. */
  readonly servers: readonly KeyPairFiles[];
  /** For connections that Holdfast opens. */
  readonly client: KeyPairFiles | null;
  /** Whom listeners trust. */
  readonly clientCa: CaFile | null;
  /** Whom Holdfast trusts when it connects; null: the CAs that Node brings along. */
  readonly serverCa: CaFile | null;
}

/** What is wrong with the files: a sentence each, with the setting and the path. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/** Every file that is read, once. */
export function pathsOf({ servers, client, clientCa, serverCa }: TlsFiles): readonly string[] {
  const pairs = [...servers, client].flatMap((pair) => (pair === null ? [] : [pair.certFile, pair.keyFile]));
  const cas = [clientCa, serverCa].flatMap((ca) => (ca === null ? [] : [ca.file]));
  return [...new Set([...pairs, ...cas])];
}

/** Whether it is the same certificate with the same key. */
export function isSamePair(one: KeyPairFiles, other: KeyPairFiles | undefined): boolean {
  return one.certFile === other?.certFile && one.keyFile === other.keyFile && one.password === other.password;
}
