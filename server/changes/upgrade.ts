/**
 * An upgrade of a workspace: what later versions of Plinth brought to the standard objects, and the indexes that fields
 * have come to bring along. All else stays as its users made it.
 */

import type { Client } from '../../db/client.ts';
import { planShapes } from '../ddl/plan.ts';
import { shapeOf } from '../ddl/shape.ts';
import type { Statement } from '../ddl/statement.ts';
import { type Upgrade, upgradeOf } from '../model/standard/upgrade.ts';
import { type Facts, readFacts } from '../store/facts.ts';
import { rolledBack } from '../store/run.ts';
import { type ChangeOptions, changeTables, decisionFor } from './apply.ts';
import type { Drift } from './drift/compare.ts';
import { findDrift, patched } from './drift/find.ts';
import { type Planning, type PlanView, planChange, viewOf } from './planning.ts';

export type Upgraded = Pick<Upgrade, 'added' | 'skipped'> & {
  /** Names of the indexes that were missing. */
  readonly indexes: readonly string[];
};

/** @throws PlinthError as `changeModel` does */
export async function upgrade(
  { database, workspaceId, schema }: Pick<Planning, 'database' | 'workspaceId' | 'schema'>,
  options: ChangeOptions,
): Promise<Upgraded> {
  let done: Upgraded = { added: [], skipped: [], indexes: [] };
  await changeTables(database, { workspaceId, schema }, options, async (client, facts) => {
    const before = facts.stored.model;
    const { model: after, added, skipped } = upgradeOf(before);
    const { indexes, statements } = await missingIndexes(client, facts);
    done = { added, skipped, indexes };
    const decision = decisionFor(before, after, facts.planOptions);
    return { ...decision, statements: [...decision.statements, ...statements] };
  });
  return done;
}

/** What an upgrade would do, with nothing done. */
export async function planUpgrade(planning: Planning): Promise<PlanView> {
  const { database, workspaceId } = planning;
  const standard = await planChange(planning, (model) => upgradeOf(model).model);
  const { statements } = await rolledBack(database, async (client) => {
    return missingIndexes(client, await readFacts(client, workspaceId));
  });
  const brought = await viewOf(database, planning, statements);
  return { ...standard, statements: [...standard.statements, ...brought.statements] };
}

/**
 * Those of tables that are otherwise as the model has them: what somebody dropped with its column is drift to be
 * settled.
 */
async function missingIndexes(client: Client, facts: Facts): Promise<{ indexes: string[]; statements: Statement[] }> {
  const { model } = facts.stored;
  const drift = await findDrift(client, facts, model);
  const changed = new Set(drift.flatMap(({ what, table }) => (what === 'table' || what === 'column' ? [table] : [])));
  const missing = drift.filter((each) => isOfField(each) && !changed.has(each.table));
  const wanted = shapeOf(model, facts.planOptions);
  return {
    indexes: missing.map(({ name }) => name),
    statements: planShapes(patched(wanted, missing), wanted, facts.planOptions),
  };
}

/** Not one that was asked for: that somebody drops such a one is for them to settle. */
function isOfField({ what, kind, key }: Drift): boolean {
  return what === 'index' && kind === 'missing' && !key.endsWith(' custom index');
}
