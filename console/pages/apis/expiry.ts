/** The lifetimes of keys and tokens. */

const DAY_MS = 86_400_000;

export const LIFETIMES = { days30: 30, days90: 90, year1: 365, years10: 3_650 } as const;
export type Lifetime = keyof typeof LIFETIMES;

export function expiresAt(lifetime: Lifetime): string {
  return new Date(Date.now() + LIFETIMES[lifetime] * DAY_MS).toISOString();
}
