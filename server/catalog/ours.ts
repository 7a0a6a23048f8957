/** Tables in a workspace's schema that are Plinth's own: no objects, and no part of what its model is compared with. */

import { sql } from '../../db/sql.ts';

/** A condition on `relname`, in a query of `pg_class`. */
export const OURS = sql`starts_with(relname::text, 'plinth_')`;
