/** Which operations on records somebody listens to: webhooks, and streams that are open. */

import type { Client } from '../../db/client.ts';
import { type SQL, sql } from '../../db/sql.ts';

/** What happens to records, as events name it. Contract: metadata.md 5 */
export const ACTIONS = ['created', 'updated', 'deleted', 'restored', 'destroyed'] as const;
export type Action = (typeof ACTIONS)[number];

/** What somebody listens to: an object by its id, whatever it is called; `*` for all there are, and will be. */
export type Operation = { readonly object: string; readonly action: Action | '*' };

export async function readOperations(client: Client, workspaceId: string): Promise<Operation[]> {
  return client.rows<Operation>(operationsQuery(workspaceId));
}

export function operationsQuery(workspaceId: string): SQL {
  return sql`
    select distinct operation ->> 'object' as object, operation ->> 'action' as action
    from plinth.webhooks, jsonb_array_elements(operations) as operation
    where workspace_id = ${sql.value(workspaceId)} and disabled_at is null
    union
    select object, '*' from plinth.listeners where workspace_id = ${sql.value(workspaceId)} and until > now()`;
}
