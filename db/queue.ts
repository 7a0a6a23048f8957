/** Who goes next where many wait for few: each group has at most its share, and groups that wait take turns. */

/** There was no room in time. The database is fine: it is asked for too much. */
export class Busy extends Error {}

export type QueueOptions = {
  /** How many may be inside at once, of all groups together. */
  readonly size: number;
  /** How many of one group may be inside at once. */
  readonly share: number;
  /** How many of one group may wait; whoever comes then is refused at once. */
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
};

type Entry = {
  /** What the entrant would like to be given: a place that was used for the same before. */
  readonly kind?: string;
  /** Ends the wait; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
};

type Waiter = {
  readonly kind: string | undefined;
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;
};

type Group = { inside: number; readonly waiting: Waiter[] };

// Whoever wants a place as it was left may go ahead of groups whose turn it is, so often in a row. To make a connection
// another workspace's costs a statement; so it is one for five requests at the most, and nobody waits longer than that.
const MAX_AHEAD = 4;

/**
 * A counter of places, with a bounded line of waiters for each group. A free place goes to the group that has the
 * fewest places, and of several to the one that has waited for its turn longest. So a group that floods the queue, or
 * holds its places for long, delays a quiet one by at most one departure.
 */
export class FairQueue {
  readonly #options: QueueOptions;
  /** In the order of turns: whoever was admitted last stands last. */
  readonly #groups = new Map<string, Group>();
  #inside = 0;
  #ahead = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /**
   * Waits for a place. Each one that is taken must be given back by `leave`.
   * @throws Busy when the group's line is full, or the wait too long
   */
  async enter(name: string, { kind, signal }: Entry = {}): Promise<void> {
    signal?.throwIfAborted();
    const { size, share, maxWaiting } = this.#options;
    const group = this.#groups.get(name) ?? { inside: 0, waiting: [] };
    if (this.#inside < size && group.inside < share) {
      this.#admit(name, group);
      return;
    }
    if (group.waiting.length >= maxWaiting) throw new Busy('Too many wait already');
    this.#groups.set(name, group);
    await this.#wait(name, group, kind, signal);
  }

  /** @param kind what the place was used for */
  leave(name: string, kind?: string | null): void {
    const group = this.#groups.get(name);
    if (!group || group.inside === 0) throw new Error('Nobody of this group is inside');
    group.inside--;
    this.#inside--;
    this.#forgetIfEmpty(name, group);
    while (this.#inside < this.#options.size && this.#admitNext(kind ?? undefined));
  }

  /** Runs `use` with a place, and gives it back however that ends. */
  async run<T>(name: string, use: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.enter(name, { signal });
    try {
      return await use();
    } finally {
      this.leave(name);
    }
  }

  /** Refuses everybody who waits. */
  refuseAll(error: Error): void {
    for (const { waiting } of [...this.#groups.values()]) for (const waiter of [...waiting]) waiter.refuse(error);
  }

  #admit(name: string, group: Group): void {
    group.inside++;
    this.#inside++;
    this.#groups.delete(name);
    this.#groups.set(name, group);
  }

  /** @returns whether there was anybody to admit */
  #admitNext(kind: string | undefined): boolean {
    const open = [...this.#groups].filter(
      ([, { inside, waiting }]) => waiting.length > 0 && inside < this.#options.share,
    );
    const fewest = Math.min(...open.map(([, { inside }]) => inside));
    const level = open.filter(([, { inside }]) => inside === fewest);
    const isAlike = (waiter: Waiter) => kind !== undefined && waiter.kind === kind;
    const alike = this.#ahead < MAX_AHEAD ? level.find(([, { waiting }]) => waiting.some(isAlike)) : undefined;
    const [name, group] = alike ?? level[0] ?? [];
    if (name === undefined || !group) return false;
    const waiter = (alike && group.waiting.find(isAlike)) ?? (group.waiting[0] as Waiter);
    // A place that goes to whoever's turn it was anyway goes ahead of nobody.
    this.#ahead = group === level[0]?.[1] && waiter === group.waiting[0] ? 0 : this.#ahead + 1;
    group.waiting.splice(group.waiting.indexOf(waiter), 1);
    this.#admit(name, group);
    waiter.admit();
    return true;
  }

  #wait(name: string, group: Group, kind: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(patience);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        kind,
        admit() {
          settle();
          resolve();
        },
        refuse: (error) => {
          settle();
          group.waiting.splice(group.waiting.indexOf(waiter), 1);
          this.#forgetIfEmpty(name, group);
          reject(error);
        },
      };
      const onAbort = () => waiter.refuse(signal?.reason);
      const patience = setTimeout(() => waiter.refuse(new Busy('Waited too long')), this.#options.maxWaitMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      group.waiting.push(waiter);
    });
  }

  #forgetIfEmpty(name: string, { inside, waiting }: Group): void {
    if (inside === 0 && waiting.length === 0) this.#groups.delete(name);
  }
}
