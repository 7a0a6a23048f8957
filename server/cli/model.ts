/**
 * The model from the command line: pulled into a file, planned and applied from one; standard objects brought up to
 * date.
 */

import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Database } from '../../db/pool.ts';
import type { RequestContext } from '../access/request-context.ts';
import { ALL_FLAGS } from '../access/roles.ts';
import { see } from '../catalog/see.ts';
import type { DriftView, Settlement } from '../changes/drift/settle.ts';
import type { PlanView, StatementView } from '../changes/planning.ts';
import { workspaceNamed } from '../changes/workspaces.ts';
import { PlinthError } from '../errors.ts';
import type { SchemaDifference } from '../graphql/schema-difference.ts';
import {
  adoptModel,
  apply,
  modelDrift,
  planned,
  plannedSettlement,
  plannedUpgrade,
  settleDrift,
  upgradeWorkspace,
} from '../metadata/model-changes.ts';
import { type DocumentMistake, documentOf, printDocument } from '../model/document/document.ts';
import { buildServed } from '../records/schema-cache.ts';
import { snapshot } from '../store/snapshot.ts';

/** Somebody at the command line, in a workspace; servers hear of changes by NOTIFY. */
export async function askerIn(database: Database, workspace: string, log: Logger): Promise<RequestContext> {
  return {
    database,
    settings: { publicUrl: '', mayCreateWorkspace: 'nobody' }, // no command of the model asks for either
    models: {
      servedFor: (seen) => buildServed(seen, log),
      changed: () => undefined,
      get: async (schema) => buildServed(await database.asOwner((client) => see(client, schema)), log),
    },
    principal: { ...(await database.asOwner((client) => workspaceNamed(client, workspace))), flags: ALL_FLAGS },
  };
}

export async function pulled(asker: RequestContext): Promise<string> {
  return printDocument(documentOf((await snapshot(asker)).model));
}

export async function plannedFrom(asker: RequestContext, file: string): Promise<string> {
  const document = await readModelFile(file);
  return namingFile(file, async () => printPlan(await planned(asker, adoptModel(document, true))));
}

export async function appliedFrom(asker: RequestContext, file: string, mayLoseData: boolean): Promise<string> {
  const document = await readModelFile(file);
  return namingFile(file, async () => printDocument(await apply(asker, adoptModel(document, mayLoseData))));
}

/** Brings standard objects up to date, or says what that would do. */
export async function upgraded(asker: RequestContext, isDryRun: boolean): Promise<string> {
  if (isDryRun) return printPlan(await plannedUpgrade(asker));
  const { added, skipped, indexes } = await upgradeWorkspace(asker);
  return [
    ...added.map((place) => `+ ${place}\n`),
    ...indexes.map((name) => `+ index ${name}\n`),
    ...skipped.map(({ place, reason }) => `! ${place} is left out: ${reason}\n`),
    ...(added.length + skipped.length + indexes.length === 0 ? ['Up to date.\n'] : []),
  ].join('');
}

export async function drifted(asker: RequestContext): Promise<string> {
  return printDrift(await modelDrift(asker));
}

export async function settled(
  asker: RequestContext,
  way: Settlement,
  { isDryRun, mayLoseData }: { isDryRun: boolean; mayLoseData: boolean },
): Promise<string> {
  if (!isDryRun) return printDrift(await settleDrift(asker, way, mayLoseData));
  const { statements } = await plannedSettlement(asker, way);
  return statements.length === 0 ? '-- There is nothing to run.\n' : statements.map(printStatement).join('\n');
}

function printDrift(drift: readonly DriftView[]): string {
  if (drift.length === 0) return 'The tables are as the model says.\n';
  return drift
    .map(({ place, what, kind, table, name, expected, actual, adopt, whyNotAdopted, restore }) => {
      if (what === 'grant') {
        const now =
          kind === 'missing' ? `lacks ${expected}` : `has ${actual}${kind === 'changed' ? `, not ${expected}` : ''}`;
        return `${place}: ${name} ${now} on ${table}\n  adopt:   cannot: ${whyNotAdopted}\n  restore: ${restore}\n`;
      }
      const thing = `${what} ${table && what !== 'table' && name !== table ? `${table}.${name}` : name}`;
      const now =
        kind === 'missing'
          ? 'is missing'
          : kind === 'renamed'
            ? `is called ${actual}`
            : `is ${actual}, not ${expected}`;
      return `${place}: ${thing} ${now}\n  adopt:   ${adopt ?? `cannot: ${whyNotAdopted}`}\n  restore: ${restore}\n`;
    })
    .join('');
}

/** A file's JSON; `-` is the standard input. A mistake in it is told with its line and column. */
export async function readModelFile(file: string): Promise<unknown> {
  const text = await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    // Node says where for most mistakes, and for the others shows the text.
    throw new Error(`${file}: ${message.replaceAll('\n', ' ')}`, { cause });
  }
}

/** Every mistake on a line of its own, after the file's name, as compilers do. */
export async function namingFile<T>(file: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    const mistakes = error instanceof PlinthError && (error.extensions.mistakes as DocumentMistake[] | undefined);
    if (!mistakes) throw error;
    throw new AggregateError(
      mistakes.map(({ place, message }) => new Error(`${file}: ${place}: ${message}`)),
      '',
      { cause: error },
    );
  }
}

// A plan as text: a script that psql would run, with what there is to know beside each statement ---------------------

async function printPlan({ statements, losesData, schema }: PlanView): Promise<string> {
  if (statements.length === 0) return '-- The tables are as they should be: there is nothing to run.\n';
  const difference = await schema();
  return [
    ...statements.map(printStatement),
    ...(losesData ? ['-- DESTROYS DATA: see above.\n'] : []),
    printDifference(difference),
  ].join('\n');
}

function printStatement({ sql, why, locks, rewrites, isBackground, losses }: StatementView): string {
  const lines = [
    why,
    ...locks.map(({ table, blocks }) =>
      blocks === 'all' ? `locks ${table}: nobody else reads or writes it` : `locks ${table}: nobody else writes it`,
    ),
    ...(rewrites ? ['rewrites the whole table'] : []),
    ...(isBackground ? ['left to a job, once the rest is there'] : []),
    ...losses.map(({ what, count }) => `DESTROYS ${count ?? 'an unknown number of'} ${what}`),
  ];
  return `${lines.map((line) => `-- ${line}\n`).join('')}${sql};\n`;
}

const SIGN = { added: '+', removed: '-', changed: '~' } as const;

function printDifference({ changes, breaking }: SchemaDifference): string {
  if (changes.length === 0) return '-- GraphQL: as before\n';
  return [
    '-- GraphQL:',
    ...changes.map(({ kind, path, before, after }) =>
      kind === 'changed' ? `--   ~ ${path}: ${before} → ${after}` : `--   ${SIGN[kind]} ${path}`,
    ),
    ...(breaking.length > 0 ? ['-- Clients may stumble over:', ...breaking.map((each) => `--   ${each}`)] : []),
    '',
  ].join('\n');
}
