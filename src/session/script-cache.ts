/** Scripts kept: as many as an application has, not as many as one that builds them from its data could make. */
const MAX_SCRIPTS = 1000;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The Lua scripts that clients have loaded or run through the proxy, so that EVALSHA finds them on the next master:
 * since Redis 7 scripts are not replicated. Bounded; the one used longest ago goes first.
 */
export class ScriptCache {
  /** By text (latin1), least recently seen first. */
  readonly #scripts = new Set<string>();
  #bytes = 0;

  get size(): number {
    return this.#scripts.size;
  }

  /** @returns true when the script was not known. */
  remember(script: Buffer): boolean {
    if (script.length > MAX_BYTES) return false;
    const text = script.toString('latin1');
    const known = this.#scripts.delete(text);
    this.#scripts.add(text);
    if (known) return false;
    this.#bytes += text.length;
    for (const oldest of this.#scripts) {
      if (this.#scripts.size <= MAX_SCRIPTS && this.#bytes <= MAX_BYTES) break;
      this.#forget(oldest);
    }
    return true;
  }

  /** SCRIPT FLUSH: the server has forgotten them, and so shall the next one. */
  clear(): void {
    this.#scripts.clear();
    this.#bytes = 0;
  }

  /** Their texts. */
  get scripts(): readonly Buffer[] {
    return [...this.#scripts].map((text) => Buffer.from(text, 'latin1'));
  }

  #forget(text: string): void {
    this.#scripts.delete(text);
    this.#bytes -= text.length;
  }
}
