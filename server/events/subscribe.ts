/**
 * Runs a subscription: events of the workspace, as the operation asks for them. What is asked of a record is a query
 * like any other, run by `execute` as whoever subscribes: so it obeys what queries obey.
 *
 *   subscription { companyChanged(filter: F) { action record { name } } }
 *     → for each batch of changes: query { found: companies(filter: { and: [ids, F] }) { edges { node { id name } } } }
 */

import type { ExecutionResult } from 'postgraphile/grafast/graphql';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  separateOperations,
  visit,
} from 'postgraphile/grafast/graphql';
import { authorOf, identityOf } from '../access/principal.ts';
import type { ServedObject } from '../catalog/served.ts';
import { refuse } from '../errors.ts';
import { parsedExactly } from '../model/exact-json.ts';
import type { KeyType } from '../model/keys.ts';
import { typeNames } from '../model/type-names.ts';
import { subscriptionName } from '../records/plugins/subscriptions.ts';
import { byIds, objectNamed, seenBy, type Viewer, type Viewing } from './seen.ts';
import type { Change, Streams } from './streams.ts';

export type Subscription = {
  /** Validated against the schema that serves the viewer. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Who subscribes, and what serves them at the moment. @throws PlinthError when they no longer may */
  readonly viewer: () => Promise<Viewer>;
  readonly signal: AbortSignal;
};

/** @throws PlinthError what is wrong with the operation */
export async function* subscribe(
  viewing: Viewing,
  streams: Streams,
  subscription: Subscription,
): AsyncGenerator<ExecutionResult> {
  const { operation, variables, signal } = subscription;
  const viewer = await subscription.viewer();
  const [field] = operation.selectionSet.selections;
  if (field?.kind !== Kind.FIELD)
    throw refuse('BAD_REQUEST', 'A subscription must select its field directly, not in a fragment');
  const definition = viewer.served.schema.getSubscriptionType()?.getFields()[field.name.value];
  if (!definition) throw refuse('BAD_REQUEST', `Unknown subscription "${field.name.value}"`);
  const { coerced, errors } = getVariableValues(viewer.served.schema, operation.variableDefinitions ?? [], variables);
  const [mistake] = errors ?? [];
  if (mistake) throw mistake; // so that it gets a code as every refusal
  const args = getArgumentValues(definition, field, coerced);
  const selected = fieldsOf(subscription.document, field.selectionSet, coerced ?? {});
  const asked: Asked = { ...subscription, field, selected };
  const input = (args.input ?? {}) as { action?: string; objectNameSingular?: string; recordId?: string };
  const own = [...viewer.served.byTable.values()].find((object) => subscriptionName(object) === field.name.value);
  const name = own?.object.nameSingular ?? input.objectNameSingular ?? null;
  if (name !== null && !objectNamed(viewer, name)) throw refuse('BAD_REQUEST', `There is no object named "${name}"`);
  if (own) {
    // What is wrong with the selection or the filter is said now, and not with the first event.
    const refused = await recordsOf(viewing, viewer, own, asked, args.filter, [NOBODY[own.key.type]]);
    if (refused.errors) {
      yield { errors: refused.errors };
      return;
    }
  }
  const { workspaceId: id, schema } = viewer.principal;
  for await (const { changes } of streams.read({ id, schema }, { object: name, since: null, signal })) {
    const wanted = changes.filter(
      ({ action, recordId }) =>
        (input.action === undefined || input.action === null || input.action === action) &&
        (input.recordId === undefined || input.recordId === null || input.recordId === recordId),
    );
    if (wanted.length === 0) continue;
    const now = await subscription.viewer();
    yield* own ? changesOfOne(viewing, now, asked, args.filter, wanted) : changesOfAny(viewing, now, asked, wanted);
  }
}

type Coerced = { [variable: string]: unknown };

type Asked = Pick<Subscription, 'document' | 'operation' | 'variables'> & {
  readonly field: FieldNode;
  /** What is asked of an event, those of fragments among them. */
  readonly selected: readonly FieldNode[];
};

async function* changesOfAny(
  viewing: Viewing,
  viewer: Viewer,
  asked: Asked,
  changes: readonly Change[],
): AsyncGenerator<ExecutionResult> {
  const seen = new Map<string, Change>();
  for (const [name, own] of Map.groupBy(changes, ({ objectName }) => objectName)) {
    const object = objectNamed(viewer, name);
    if (!object) continue;
    for (const change of await seenBy(viewing, viewer, object, own)) seen.set(change.position, change);
  }
  for (const { position } of changes) {
    const change = seen.get(position);
    if (change) yield result(asked, { ...factsOf(change), record: change.record }, 'OnDbEvent');
  }
}

async function* changesOfOne(
  viewing: Viewing,
  viewer: Viewer,
  asked: Asked,
  filter: unknown,
  changes: readonly Change[],
): AsyncGenerator<ExecutionResult> {
  const object = objectNamed(viewer, (changes[0] as Change).objectName);
  if (!object) return;
  const seen = await seenBy(viewing, viewer, object, changes);
  const ids = [...new Set(seen.filter(({ action }) => action !== 'destroyed').map(({ recordId }) => recordId))];
  const { found, errors } =
    ids.length === 0
      ? { found: new Map<string, unknown>() }
      : await recordsOf(viewing, viewer, object, asked, filter, ids);
  if (errors) {
    yield { errors };
    return;
  }
  for (const change of seen) {
    const isGone = change.action === 'destroyed';
    if (!isGone && !found.has(change.recordId)) continue; // the filter does not match it
    const record = isGone ? null : found.get(change.recordId);
    yield result(asked, { ...factsOf(change), record }, typeNames(object.object).change);
  }
}

function factsOf({ action, at, objectName, recordId, updatedFields }: Change): Record<string, unknown> {
  return {
    action: action.toUpperCase(),
    eventDate: at.toISOString(),
    objectNameSingular: objectName,
    recordId,
    updatedFields,
  };
}

/** The id of no record, by which an operation can be tried. */
const NOBODY: Readonly<Record<KeyType, string>> = {
  uuid: '00000000-0000-0000-0000-000000000000',
  int: '0',
  bigint: '0',
  text: '-',
};

type Found = { readonly found: ReadonlyMap<string, unknown>; readonly errors?: ExecutionResult['errors'] };

/** Records by their ids, as the operation selects them, of those that its filter matches. */
async function recordsOf(
  { execute }: Viewing,
  { served, principal }: Viewer,
  object: ServedObject,
  { document, operation, variables, selected }: Asked,
  filter: unknown,
  ids: readonly string[],
): Promise<Found> {
  const selections = selected
    .filter(({ name }) => name.value === 'record')
    .flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
  const { filterInput } = typeNames(object.object);
  const body = `{ found: ${object.object.namePlural}(filter: $plinthFilter, first: $plinthFirst) {
    edges { node { plinthId: id ${selections.map(print).join(' ')} } } } }`;
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  // With the fragments and variables that it uses, and no others: those would be mistakes.
  const used = separateOperations({ kind: Kind.DOCUMENT, definitions: [...parse(body).definitions, ...fragments] })[''];
  const names = new Set<string>();
  visit(used as DocumentNode, { Variable: ({ name }) => void names.add(name.value) });
  const declared = [
    `$plinthFilter: ${filterInput}, $plinthFirst: Int`,
    ...(operation.variableDefinitions ?? []).filter(({ variable }) => names.has(variable.name.value)).map(print),
  ];
  const { data, errors } = await execute({
    served,
    who: identityOf(principal),
    author: authorOf(principal, 'API'),
    source: `query (${declared.join(', ')}) ${print(used as DocumentNode)}`,
    variables: {
      ...variables,
      plinthFilter: filter ? { and: [byIds(object, ids), filter] } : byIds(object, ids),
      plinthFirst: Math.max(ids.length, 1),
    },
  });
  // Where in the query is nothing to whoever wrote the subscription.
  const told = (errors ?? []).map(({ message, extensions }) => new GraphQLError(message, { extensions }));
  if (errors || !data) return { found: new Map(), errors: told };
  const { edges } = parsedExactly(data.get('found') as string) as { edges: { node: Record<string, unknown> }[] };
  return {
    found: new Map(edges.map(({ node: { plinthId, ...record } }) => [String(plinthId), record])),
  };
}

/** The fields of a selection, those of its fragments among them. */
function fieldsOf(document: DocumentNode, selectionSet: SelectionSetNode | undefined, variables: Coerced): FieldNode[] {
  return (selectionSet?.selections ?? []).flatMap((node): FieldNode[] => {
    const isSkipped = getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true;
    const isIncluded = getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
    if (isSkipped || !isIncluded) return [];
    if (node.kind === Kind.FIELD) return [node];
    const fragment =
      node.kind === Kind.INLINE_FRAGMENT
        ? node
        : document.definitions.find(
            (each): each is FragmentDefinitionNode =>
              each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === node.name.value,
          );
    return fieldsOf(document, fragment?.selectionSet, variables);
  });
}

/** An event in the form that the operation selects; its record is in that form already. */
function result(
  { field, selected }: Asked,
  facts: Readonly<Record<string, unknown>>,
  typeName: string,
): ExecutionResult {
  const values = selected.map(({ name: { value: name }, alias }) => [
    alias?.value ?? name,
    name === '__typename' ? typeName : facts[name],
  ]);
  return { data: { [field.alias?.value ?? field.name.value]: Object.fromEntries(values) } };
}
