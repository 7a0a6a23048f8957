/**
 * How many records a GraphQL operation may ask for, reckoned from its text and page sizes before anything runs.
 * Contract: decisions.md, request cost.
 */

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'postgraphile/grafast/graphql';
import { type Limits, tooMuch } from '../limits/limits.ts';
import { DEFAULT_GROUPS, MAX_GROUPS, RECORDS_PER_GROUP } from './groups.ts';
import { DEFAULT_PAGE, MAX_PAGE } from './plugins/pages.ts';
import { RELATED_IN_SAMPLE } from './plugins/relations.ts';

type Variables = Readonly<Record<string, unknown>>;

/**
 * @param document whose size is bounded (`limits/document.ts`): every spread is followed
 * @returns whether the cost depends on variables, and so must be reckoned again with each request's
 * @throws PlinthError TOO_COMPLEX_QUERY
 */
export function checkCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
  limits: Limits,
): { dependsOnVariables: boolean } {
  const root = schema.getRootType(operation.operation) as GraphQLObjectType;
  const reckoning = new Reckoning(document, variables, limits);
  reckoning.walk(operation.selectionSet, root, 0, 1, DEFAULT_PAGE);
  return { dependsOnVariables: reckoning.dependsOnVariables };
}

class Reckoning {
  dependsOnVariables = false;
  #cost = 0;
  #values = 0;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #variables: Variables;
  readonly #limits: Limits;

  constructor(document: DocumentNode, variables: Variables, limits: Limits) {
    this.#fragments = new Map(
      document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
    );
    this.#variables = variables;
    this.#limits = limits;
  }

  /**
   * @param depth levels of records above
   * @param rows how many times this selection may be answered
   * @param related page of the connections in it, unless they say another
   */
  walk(selections: SelectionSetNode, type: GraphQLObjectType, depth: number, rows: number, related: number): void {
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FIELD) this.#field(selection, type, depth, rows, related);
      else if (selection.kind === Kind.INLINE_FRAGMENT) this.walk(selection.selectionSet, type, depth, rows, related);
      else
        this.walk(
          (this.#fragments.get(selection.name.value) as FragmentDefinitionNode).selectionSet,
          type,
          depth,
          rows,
          related,
        );
    }
  }

  #field(field: FieldNode, parent: GraphQLObjectType, depth: number, rows: number, related: number): void {
    const name = field.name.value;
    const { maxDepth, maxCost, maxValues } = this.#limits;
    this.#values += rows;
    if (this.#values > maxValues)
      throw tooMuch({ name: 'GRAPHQL_MAX_VALUES', max: maxValues, unit: `values; ${SMALLER}` });
    if (name.startsWith('__')) return; // introspection reads no rows
    const type = getNamedType(parent.getFields()[name]?.type);
    if (!isObjectType(type) || !field.selectionSet) return;
    const level = type.extensions.plinth as string | undefined;
    const isLevel =
      level === 'connection' || level === 'group' || (level === 'record' && parent.extensions.plinth !== 'edge');
    const isSample = level === 'edge' && parent.extensions.plinth === 'group';
    if (isLevel && depth + 1 > maxDepth)
      throw tooMuch({ name: 'GRAPHQL_MAX_DEPTH', max: maxDepth, unit: 'levels of records' });
    const below = rows * (isSample ? RECORDS_PER_GROUP : this.#times(field, level, related));
    if (isLevel || isSample) {
      this.#cost += below;
      if (this.#cost > maxCost) throw tooMuch({ name: 'GRAPHQL_MAX_COST', max: maxCost, unit: `rows; ${SMALLER}` });
    }
    const relatedBelow = isSample ? RELATED_IN_SAMPLE : isLevel ? DEFAULT_PAGE : related;
    this.walk(field.selectionSet, type, isLevel ? depth + 1 : Math.max(depth, 1), below, relatedBelow);
  }

  /** How many rows the field may answer where it is asked once. */
  #times(field: FieldNode, level: string | undefined, related: number): number {
    if (level === 'group') return this.#argument(field, ['limit'], DEFAULT_GROUPS, MAX_GROUPS);
    const isPage = field.selectionSet?.selections.some(
      (each) => each.kind !== Kind.FIELD || each.name.value === 'edges' || each.name.value === 'pageInfo',
    );
    return level === 'connection' && isPage ? this.#argument(field, ['first', 'last'], related, MAX_PAGE) : 1;
  }

  #argument(field: FieldNode, names: readonly string[], unlessGiven: number, max: number): number {
    for (const { name, value } of field.arguments ?? []) {
      if (!names.includes(name.value)) continue;
      if (value.kind === Kind.INT) return Math.min(Number(value.value), max);
      if (value.kind === Kind.VARIABLE) {
        this.dependsOnVariables = true;
        const given = this.#variables[value.name.value];
        if (typeof given === 'number') return Math.min(given, max);
      }
    }
    return unlessGiven;
  }
}

const SMALLER = 'ask for smaller pages with first';
