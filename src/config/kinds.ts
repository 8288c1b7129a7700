import * as z from 'zod';
import { formatAddressRange, parseAddressRange, type AddressRange } from './address-range.js';
import { formatListenAddress, parseListenAddress, type ListenAddress } from './listen-address.js';
import { formatNodeId, parseNodeId, type NodeId } from './node-address.js';

/**
 * The kinds of values that settings have. Flags and the environment bring text, YAML brings numbers and booleans too;
 * each kind takes both and says what it wants in one sentence.
 */
export interface Kind<T> {
  readonly schema: z.ZodType<T>;
  /** The type as the documentation shows it. */
  readonly label: string;
  /** What stands for the value in `--help`. */
  readonly placeholder: string;
  /** Flags may be repeated, the environment separates by commas, YAML has a sequence. */
  readonly isList: boolean;
  readonly isBoolean: boolean;
  /** The value as YAML, CONFIG GET and error messages write it. */
  readonly show: (value: T) => ShownValue;
}

export type ShownValue = string | number | boolean | null | readonly string[];

function kind<T>(fields: Pick<Kind<T>, 'schema' | 'label' | 'placeholder' | 'show'> & Partial<Kind<T>>): Kind<T> {
  return { isList: false, isBoolean: false, ...fields };
}

/** A whole number within bounds; `unit` is for people. */
export function integer(bounds: { readonly min: number; readonly max: number; readonly unit: string }): Kind<number> {
  const error = `must be a whole number of ${bounds.unit} from ${bounds.min} to ${bounds.max}`;
  const digits = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number);
  return kind({
    schema: z.union([z.number(), digits], { error }).pipe(z.int(error).min(bounds.min, error).max(bounds.max, error)),
    label: bounds.unit,
    placeholder: bounds.unit === 'milliseconds' ? 'ms' : bounds.unit,
    show: (value) => value,
  });
}

/** A whole number within bounds; `auto`: Holdfast chooses. */
export function integerOrAuto(bounds: {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}): Kind<number | 'auto'> {
  const number = integer(bounds);
  const error = `must be auto, or a whole number of ${bounds.unit} from ${bounds.min} to ${bounds.max}`;
  return kind({
    schema: z.union([z.literal('auto'), number.schema], { error }),
    label: `\`auto\` or ${number.label}`,
    placeholder: `auto|${number.placeholder}`,
    show: (value) => value,
  });
}

/** Milliseconds. */
export function milliseconds(min: number, max: number): Kind<number> {
  return integer({ min, max, unit: 'milliseconds' });
}

/** `true`, `false`; also `yes`, `no`, `1`, `0` where text is all there is. */
export function flag(): Kind<boolean> {
  const words = z.stringbool({ truthy: ['true', 'yes', '1'], falsy: ['false', 'no', '0'] });
  return kind({
    schema: z.union([z.boolean(), words], { error: 'must be true or false' }),
    label: 'true or false',
    placeholder: 'true|false',
    isBoolean: true,
    show: (value) => value,
  });
}

/** One of a closed list of words. */
export function choice<const T extends string>(words: readonly [T, ...T[]]): Kind<T> {
  return kind<T>({
    schema: z.enum(words, { error: `must be one of ${words.join(', ')}` }),
    label: words.map((word) => `\`${word}\``).join(', '),
    placeholder: words.join('|'),
    show: (value) => value,
  });
}

const anyText = (what: string): z.ZodString => {
  const error = `must be ${what}; quote it if YAML reads it as something else`;
  return z.string({ error }).min(1, error);
};

/** Text that need not be given. */
export function optionalText(placeholder: string): Kind<string | null> {
  return kind<string | null>({
    schema: anyText('text').nullable(),
    label: 'text',
    placeholder,
    show: (value) => value,
  });
}

/** A path that has to be given or has a default. */
export function path(placeholder: string): Kind<string> {
  return kind({ schema: anyText('a path'), label: 'path', placeholder, show: (value) => value });
}

/** A path that need not be given. */
export function optionalPath(placeholder: string): Kind<string | null> {
  return kind<string | null>({
    schema: anyText('a path').nullable(),
    label: 'path',
    placeholder,
    show: (value) => value,
  });
}

/** Any number of paths. */
export function paths(placeholder: string): Kind<readonly string[]> {
  return kind<readonly string[]>({
    schema: z.array(anyText('a path'), { error: 'must be a path, or a list of them' }),
    label: 'paths',
    placeholder,
    isList: true,
    show: (value) => value,
  });
}

/** Reads text with `parse`, which gives null for what it does not understand. */
function parsed<T>(parse: (text: string) => T | null, error: string): z.ZodType<T> {
  return z.string({ error }).transform((text, context): T => {
    const value = parse(text.trim());
    if (value !== null) return value;
    context.issues.push({ code: 'custom', message: error, input: text });
    return z.NEVER;
  });
}

const LISTEN_FORMS = 'must be host:port, [ipv6]:port, :port (tls:// in front for TLS) or unix:/path';

/** An address of Holdfast itself. */
export function listenAddress(): Kind<ListenAddress> {
  return kind({
    schema: parsed(parseListenAddress, LISTEN_FORMS),
    label: 'address',
    placeholder: 'host:port',
    show: formatListenAddress,
  });
}

/** At least one address of Holdfast itself. */
export function listenAddresses(): Kind<readonly ListenAddress[]> {
  const error = 'must be a list of addresses with at least one';
  return kind<readonly ListenAddress[]>({
    schema: z.array(parsed(parseListenAddress, LISTEN_FORMS), { error }).min(1, error),
    label: 'addresses',
    placeholder: 'host:port',
    isList: true,
    show: (addresses) => addresses.map(formatListenAddress),
  });
}

/** Servers; at least one unless `mayBeNone`. */
export function nodeIds({ mayBeNone = false } = {}): Kind<readonly NodeId[]> {
  const error = mayBeNone ? 'must be a list of host:port' : 'must name at least one node as host:port';
  return kind<readonly NodeId[]>({
    schema: z.array(parsed(nodeId, 'must be host:port or [ipv6]:port'), { error }).min(mayBeNone ? 0 : 1, error),
    label: 'addresses',
    placeholder: 'host:port',
    isList: true,
    show: (nodes) => nodes,
  });
}

/** An address that need not be given. */
export function optionalNodeId(): Kind<NodeId | null> {
  return kind<NodeId | null>({
    schema: parsed(nodeId, 'must be host:port or [ipv6]:port').nullable(),
    label: 'address',
    placeholder: 'host:port',
    show: (value) => value,
  });
}

/** A node, and the proxy in front of it. */
export interface NodePair {
  readonly node: NodeId;
  readonly proxy: NodeId;
}

/** Nodes with the proxies in front of them; may be none. */
export function nodePairs(): Kind<readonly NodePair[]> {
  const one = (text: string): NodePair | null => {
    const [node, proxy, ...rest] = text.split('=').map(nodeId);
    return node && proxy && rest.length === 0 ? { node, proxy } : null;
  };
  return kind<readonly NodePair[]>({
    schema: z.array(parsed(one, 'must be node=proxy, each as host:port'), { error: 'must be a list of node=proxy' }),
    label: 'pairs of addresses',
    placeholder: 'node=proxy',
    isList: true,
    show: (pairs) => pairs.map(({ node, proxy }) => `${node}=${proxy}`),
  });
}

function nodeId(text: string): NodeId | null {
  const address = parseNodeId(text);
  return address === null ? null : formatNodeId(address.host, address.port);
}

/** Where others answer over HTTP; may be none. */
export function httpAddresses(): Kind<readonly string[]> {
  const form = 'must be http://host:port or https://host:port';
  const one = (text: string): string | null => {
    if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
    const { origin, pathname, search, username } = new URL(text);
    return pathname === '/' && search === '' && username === '' ? origin : null;
  };
  return kind<readonly string[]>({
    schema: z.array(parsed(one, form), { error: `must be a list of addresses: ${form}` }),
    label: 'addresses',
    placeholder: 'url',
    isList: true,
    show: (addresses) => addresses,
  });
}

/** Addresses of others, singly or in ranges; may be none. */
export function addressRanges(): Kind<readonly AddressRange[]> {
  const error = 'must be a list of addresses or ranges (10.0.0.0/8)';
  return kind<readonly AddressRange[]>({
    schema: z.array(parsed(parseAddressRange, 'must be an IP address or a range like 10.0.0.0/8'), { error }),
    label: 'addresses',
    placeholder: 'address[/bits]',
    isList: true,
    show: (ranges) => ranges.map(formatAddressRange),
  });
}
