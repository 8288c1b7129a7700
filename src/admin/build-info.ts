/** What runs, as INFO, HELLO, the status page and `holdfast_build_info` tell it. */
export interface BuildInfo {
  readonly version: string;
  /** Commit of the build where one is known. */
  readonly commit?: string;
}
