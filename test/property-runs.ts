/** How many cases a property tries: few enough for every run of the suite, as many as `PROPERTY_RUNS` says when one looks harder. */
export function runs(few: number): { numRuns: number } {
  return { numRuns: Number(process.env.PROPERTY_RUNS ?? few) };
}

/** Options of a test that tries them. */
export const patiently = { timeout: process.env.PROPERTY_RUNS ? 3_600_000 : 120_000 };
