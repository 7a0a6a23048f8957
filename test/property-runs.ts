/**
 * How many cases a property tries: few enough for every run of the suite, as many as `PROPERTY_RUNS` says when one
 * looks harder.
 */
export function runs(few: number): { numRuns: number; seed?: number } {
  const asked = process.env.PROPERTY_RUNS;
  return asked ? { numRuns: Number(asked) } : { numRuns: few, seed: SEED };
}

// Every run of the suite tries the same cases, so that what fails there was broken by the change at hand; others are
// looked for with PROPERTY_RUNS.
const SEED = 20_261_124;

/** Options of a test that tries them. */
export const patiently = { timeout: process.env.PROPERTY_RUNS ? 3_600_000 : 120_000 };
