import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { forget, removeAtExit } from './child-processes.js';
import { keyPem, makeIdentity, type Identity, type IdentityOptions } from './x509.js';

/** A certificate and its key as files. */
export interface PairFiles {
  readonly cert: string;
  readonly key: string;
}

/** A CA of its own for each test, and the certificates it signs, in files that are gone afterwards. */
export class TestCertificates {
  readonly directory: string;
  readonly ca: Identity;
  /** The file of the CA's certificate. */
  readonly caFile: string;
  /** For `localhost` and 127.0.0.1. */
  readonly server: PairFiles;
  /** For somebody who connects. */
  readonly client: PairFiles;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
    removeAtExit(this.directory);
    this.ca = makeIdentity('Test CA', { ca: true });
    this.caFile = this.write('ca.pem', this.ca.cert);
    this.server = this.issue('server', { names: ['localhost', '127.0.0.1'] });
    this.client = this.issue('client');
  }

  /** Makes a certificate, signed by the CA unless the options say otherwise, and writes it to `<name>.pem`, `<name>.key`. */
  issue(name: string, options: IdentityOptions = {}, password?: string): PairFiles {
    const identity = makeIdentity(name, { issuer: this.ca, ...options });
    return {
      cert: this.write(`${name}.pem`, identity.cert),
      key: this.write(`${name}.key`, keyPem(identity, password)),
    };
  }

  write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** What a client needs to trust servers of this CA. */
  get trust(): ConnectionOptions {
    return { ca: this.ca.cert, servername: 'localhost' };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
    forget(this.directory);
  }
}
