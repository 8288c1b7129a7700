import { ControllerDouble, type ControllerDoubleOptions } from './controller-double.js';
import { ControllerStore, type StoredCluster } from './controller-store.js';

/** Controllers beside each other, the first of which leads at the start. */
export class Controllers {
  readonly store: ControllerStore;
  readonly all: readonly ControllerDouble[];

  private constructor(store: ControllerStore, all: readonly ControllerDouble[]) {
    this.store = store;
    this.all = all;
  }

  static async start(
    count: number,
    cluster: StoredCluster,
    options: ControllerDoubleOptions = {},
    namespace = 'test-ns',
  ): Promise<Controllers> {
    const store = new ControllerStore(namespace, cluster);
    const all = await Promise.all(Array.from({ length: count }, () => ControllerDouble.start(store, options)));
    const controllers = new Controllers(store, all);
    controllers.elect(0);
    return controllers;
  }

  get endpoints(): readonly string[] {
    return this.all.map(({ endpoint }) => endpoint);
  }

  /** The flags with which Holdfast finds them. */
  get flags(): readonly string[] {
    return [
      '--topology=kvrocks-controller',
      ...this.addresses,
      `--controller-namespace=${this.store.namespace}`,
      `--controller-cluster=${this.store.read().name}`,
    ];
  }

  /** Those that say where they are. */
  get addresses(): readonly string[] {
    return this.endpoints.map((endpoint) => `--controller=${endpoint}`);
  }

  at(index: number): ControllerDouble {
    const controller = this.all[index];
    if (controller === undefined) throw new Error(`no controller ${index}`);
    return controller;
  }

  get leader(): ControllerDouble {
    const leader = this.all.find(({ isLeader }) => isLeader);
    if (leader === undefined) throw new Error('no controller leads');
    return leader;
  }

  elect(index: number): void {
    this.store.leader = this.at(index).address;
  }

  dispose(): void {
    for (const controller of this.all) controller.die();
  }
}
