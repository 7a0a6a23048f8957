/**
 * Whose turn it is on the event loop. JavaScript runs one thing at a time: forty operations of a workspace that arrive
 * together, each of which takes 50 ms to plan, keep everybody else waiting for two seconds. So what takes long asks for
 * a turn first. While nobody asked for much, it is given at once; else workspaces take turns, one for each round of the
 * event loop, in which what others sent is read, and answers of the database go on.
 */

export type Turns = {
  /** Is waited for before something that may keep the event loop busy; undefined where there is nothing to wait for. */
  take(group: string): Promise<void> | undefined;
  /** Has nobody else taken a turn for a while? Then whoever is alone need not be considerate. */
  isAlone(group: string): boolean;
};

// Turns that follow each other at once, in one round of the event loop: some operations of the usual size.
const ROUND_MS = 5;

// Whoever took a turn this lately is here.
const PRESENT_MS = 1_000;

type Turn = { readonly group: string; readonly atMs: number };

export function openTurns(): Turns {
  /** In the order of turns: whoever had one last stands last. */
  const waiting = new Map<string, (() => void)[]>();
  /** Until when a group that was long has its rest, where there are others. */
  const resting = new Map<string, number>();
  let last: Turn | null = null;
  let lastOfAnother: Turn | null = null;
  /** When the first turn of this round began; null between rounds. */
  let roundBeganMs: number | null = null;
  let waking: NodeJS.Timeout | undefined;

  function note(group: string, atMs: number): void {
    if (last && last.group !== group) lastOfAnother = last;
    last = { group, atMs };
  }

  function isAlone(group: string): boolean {
    const other = last?.group === group ? lastOfAnother : last;
    return !other || performance.now() - other.atMs > PRESENT_MS;
  }

  function begin(group: string): void {
    const now = performance.now();
    note(group, now);
    if (roundBeganMs !== null) return;
    roundBeganMs = now;
    setImmediate(endRound);
  }

  function endRound(): void {
    const now = performance.now();
    const spentMs = roundBeganMs === null ? 0 : now - roundBeganMs;
    roundBeganMs = null;
    // As long as it took: so half of the time is left to whatever else others have to do between their turns.
    if (last && spentMs > ROUND_MS && !isAlone(last.group)) resting.set(last.group, now + spentMs);
    for (const [group, untilMs] of resting) if (untilMs <= now) resting.delete(group);
    const next = nextGroup();
    if (next !== undefined) grant(next);
    else if (waiting.size > 0) wakeLater(Math.min(...resting.values()) - now);
  }

  /** For those who wait while they rest, where nothing else ends a round. */
  function wakeLater(ms: number): void {
    clearTimeout(waking);
    waking = setTimeout(() => {
      if (roundBeganMs === null) endRound();
    }, ms);
  }

  function nextGroup(): string | undefined {
    return waiting.keys().find((group) => !resting.has(group));
  }

  function grant(group: string): void {
    const line = waiting.get(group) ?? [];
    const goOn = line.shift();
    waiting.delete(group);
    if (line.length > 0) waiting.set(group, line);
    begin(group);
    goOn?.();
  }

  return {
    isAlone,
    take(group) {
      const isFree = roundBeganMs === null || performance.now() - roundBeganMs < ROUND_MS;
      if (isFree && nextGroup() === undefined && !resting.has(group)) {
        begin(group);
        return undefined;
      }
      return new Promise((goOn) => {
        const line = waiting.get(group);
        if (line) line.push(goOn);
        else waiting.set(group, [goOn]);
        if (roundBeganMs === null) wakeLater(0);
      });
    },
  };
}
