import type { X509Certificate } from 'node:crypto';

/** A host name, its first label may be a wildcard (RFC 6125); `_` is no letter of host names, but of service names. */
const DNS_NAME = /^dns:((?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/;

/** The DNS names that a certificate is for, in lower case. The common name does not count: no client looks at it any more. */
export function dnsNamesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  // Node puts names with odd characters into quotes; none of them is a host name.
  const plain = subjectAltName.toLowerCase().replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
  return plain.split(', ').flatMap((entry) => DNS_NAME.exec(entry)?.[1] ?? []);
}

/**
 * Finds what is meant for a host name: the entry with that very name, else the one with a wildcard in the place of its
 * first label.
 */
export function findByServerName<T>(entries: ReadonlyMap<string, T>, serverName: string): T | null {
  const name = serverName.toLowerCase();
  const dot = name.indexOf('.');
  return entries.get(name) ?? (dot < 0 ? undefined : entries.get(`*${name.slice(dot)}`)) ?? null;
}
