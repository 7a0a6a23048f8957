/**
 * What an operation selects, field by field, and how each field is answered: by what its plugin says of it in
 * `extensions`.
 */

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  getArgumentValues,
  getNamedType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'postgraphile/grafast/graphql';
import type { GivenFields } from '../../given.ts';
import { type Entry, type Json, object } from './json.ts';
import type { Draft, Slot } from './statement.ts';

/**
 * How a field is answered from what its parent stands for in the statement: a row, a page, a composite value … Whoever
 * gives a parent to `Selected.object` decides what the fields of that type are given.
 */
type FieldAnswer<Parent> = (parent: Parent, selected: Selected) => Json;

declare module 'graphql' {
  // biome-ignore lint/suspicious/noExplicitAny: as graphql-js declares it
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs = any> {
    // biome-ignore lint/suspicious/noExplicitAny: what a field is answered from, its type knows
    answer?: FieldAnswer<any>;
  }
}

/** How lists of records are written: as GraphQL's connections, or as the plain lists of REST. */
export type Form = 'connections' | 'lists';

/** What all fields of a statement share. */
export type Scope = {
  readonly draft: Draft;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Values of the variables that `@include` and `@skip` ask for. */
  readonly choices: Readonly<Record<string, unknown>>;
  readonly form: Form;
  /** Is the version of a record told before its JSON? `version.ts` */
  readonly isVersioned: boolean;
};

export function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])),
  );
}

const NO_ARGUMENTS = Object.freeze({});
const noArguments = () => NO_ARGUMENTS;

/** A field of an operation. Of one that is selected several times under one key, the selections are one. */
export class Selected {
  readonly key: string;
  readonly name: string;
  readonly nodes: readonly FieldNode[];
  /** Undefined for `__typename`. */
  readonly definition: GraphQLField<unknown, unknown> | undefined;
  readonly scope: Scope;
  readonly args: Slot<GivenFields>;
  #children: readonly Selected[] | undefined;

  constructor(key: string, nodes: readonly FieldNode[], parent: GraphQLObjectType, scope: Scope) {
    const [node] = nodes as readonly [FieldNode];
    this.key = key;
    this.name = node.name.value;
    this.nodes = nodes;
    this.definition = parent.getFields()[this.name];
    this.scope = scope;
    const { definition } = this;
    this.args = definition?.args.length
      ? scope.draft.slot(({ variables }) => getArgumentValues(definition, node, variables))
      : noArguments;
    if (node.arguments?.some(({ value }) => hasVariable(value))) scope.draft.isConstant = false;
  }

  /** Is an argument given, as a value or as a variable? */
  hasArgument(name: string): boolean {
    return this.nodes[0]?.arguments?.some((argument) => argument.name.value === name) ?? false;
  }

  get type(): GraphQLObjectType {
    return getNamedType(this.definition?.type) as GraphQLObjectType;
  }

  get children(): readonly Selected[] {
    this.#children ??= selectedIn(
      this.scope,
      this.nodes.map(({ selectionSet }) => selectionSet),
      this.type,
    );
    return this.#children;
  }

  /** The selected members of the object that the field is. */
  entries(parent: unknown): Entry[] {
    return this.children.map((child) => [child.key, answerOf(child, parent, this.type)]);
  }

  object(parent: unknown): Json {
    return object(this.entries(parent));
  }
}

function answerOf(selected: Selected, parent: unknown, type: GraphQLObjectType): Json {
  if (selected.name === '__typename') return [JSON.stringify(type.name)];
  const { answer } = selected.definition?.extensions ?? {};
  if (!answer) throw new Error(`${type.name}.${selected.name} does not say how it is answered`);
  return answer(parent, selected);
}

/** The fields of selections, those of fragments among them, by their keys in the answer. */
export function selectedIn(
  scope: Scope,
  sets: readonly (SelectionSetNode | undefined)[],
  type: GraphQLObjectType,
): Selected[] {
  const nodes = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  const collect = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (!isIncluded(selection, scope.choices)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const known = nodes.get(key);
        if (known) known.push(selection);
        else nodes.set(key, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value); // once is enough: its fields are merged by their keys
        collect((scope.fragments.get(selection.name.value) as FragmentDefinitionNode).selectionSet);
      }
    }
  };
  for (const set of sets) if (set) collect(set);
  return [...nodes].map(([key, each]) => new Selected(key, each, type, scope));
}

function isIncluded({ directives = [] }: SelectionNode, choices: Readonly<Record<string, unknown>>): boolean {
  return directives.every(({ name, arguments: given = [] }) => {
    const [condition] = given;
    if (!condition || (name.value !== 'include' && name.value !== 'skip')) return true;
    const { value } = condition;
    const isTrue =
      value.kind === Kind.VARIABLE ? choices[value.name.value] === true : (value as { value?: unknown }).value;
    return name.value === 'include' ? isTrue : !isTrue;
  });
}

function hasVariable(value: ValueNode): boolean {
  switch (value.kind) {
    case Kind.VARIABLE:
      return true;
    case Kind.LIST:
      return value.values.some(hasVariable);
    case Kind.OBJECT:
      return value.fields.some((field) => hasVariable(field.value));
    default:
      return false;
  }
}
