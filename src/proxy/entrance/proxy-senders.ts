import { BlockList, isIPv4, isIPv6, type Socket } from 'node:net';
import type { AddressRange } from '../../config/address-range.js';
import type { ConnectionRefusal } from '../../errors/refusal-table.js';
import { peerAddress, type Ends } from './peer-address.js';
import { readProxyHeader, type ProxyHeader } from './proxy-header.js';

/** What comes of a connection whose beginning was looked at; what stood behind the header is there to be read. */
export interface HeaderOutcome {
  passed(ends: Ends): void;
  refused(reason: ConnectionRefusal, why: string): void;
}

/**
 * Takes the PROXY header from the beginning of connections. Those who are trusted must send one; from anybody else it is
 * refused, since whoever may write it may be whom he likes.
 */
export class ProxySenders {
  readonly #trusted = new BlockList();

  constructor(ranges: readonly AddressRange[]) {
    for (const { address, prefix } of ranges) this.#trusted.addSubnet(address, prefix, familyOf(address));
  }

  /** @param ends where the connection itself comes from. */
  take(socket: Socket, ends: Ends, outcome: HeaderOutcome): void {
    const trusted = this.#trusts(socket.remoteAddress);
    let seen: Buffer = Buffer.alloc(0);
    const look = (): void => {
      const bytes = socket.read() as Buffer | null;
      // The end, or the connection has gone meanwhile.
      if (bytes === null) return;
      seen = seen.length === 0 ? bytes : Buffer.concat([seen, bytes]);
      const header = readProxyHeader(seen);
      if (header.kind === 'partial') return;
      socket.off('readable', look).off('end', gone);
      const refusal = judge(header, trusted);
      if (refusal !== null) {
        outcome.refused(...refusal);
        return;
      }
      const rest = header.kind === 'complete' ? seen.subarray(header.length) : seen;
      if (rest.length > 0) socket.unshift(rest);
      outcome.passed(endsFrom(header, ends));
    };
    socket.on('readable', look);
    const gone = (): void => void socket.destroy();
    socket.on('end', gone);
  }

  #trusts(address: string | undefined): boolean {
    if (address === undefined) return false;
    // A listener on `::` sees IPv4 in this form.
    const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
    return this.#trusted.check(plain, familyOf(plain));
  }
}

function judge(header: ProxyHeader, trusted: boolean): readonly [ConnectionRefusal, string] | null {
  if (!trusted) return header.kind === 'none' ? null : ['proxy-untrusted', ''];
  if (header.kind === 'malformed') return ['proxy-malformed', header.why];
  return header.kind === 'none' ? ['proxy-malformed', 'there is none'] : null;
}

function endsFrom(header: ProxyHeader, own: Ends): Ends {
  if (header.kind !== 'complete' || header.source === null || header.target === null) return own;
  const { source, target } = header;
  return { addr: peerAddress(source.host, source.port), laddr: peerAddress(target.host, target.port) };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) || !isIPv6(address) ? 'ipv4' : 'ipv6';
}
