/**
 * A GraphQL document is read here, by every API that takes one. How much it asks for is counted before it is validated,
 * and so before anything walks through it that costs more than reading it.
 */

import {
  type ASTVisitor,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  KnownTypeNamesRule,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  specifiedRules,
  type ValidationContext,
  type ValueNode,
  validate,
  visit,
} from 'postgraphile/grafast/graphql';
import { refuse } from '../errors.ts';
import { checkIntrospection } from './introspection.ts';
import {
  atMost,
  type Limits,
  MAX_DIRECTIVES,
  MAX_DOCUMENT_DEPTH,
  MAX_DOCUMENT_OPERATIONS_WORTH,
  MAX_DOCUMENT_TOKENS,
  MAX_OPERATIONS,
  MAX_SCHEMA_INTROSPECTIONS,
  MAX_VARIABLES,
  tooMuch,
} from './limits.ts';

export type ReadDocument =
  | {
      readonly document: DocumentNode;
      readonly operation: OperationDefinitionNode;
      /** Of all its definitions: what its memory grows with. */
      readonly selections: number;
    }
  | { readonly refused: readonly unknown[] };

type SizeLimits = Pick<Limits, 'maxFields' | 'maxRootFields'>;

const UNLIMITED: SizeLimits = { maxFields: Number.POSITIVE_INFINITY, maxRootFields: Number.POSITIVE_INFINITY };

type Given = { readonly source: string; readonly operationName?: string | null | undefined };

/**
 * The document and the operation of it that is to run; its nodes know no locations, which take most of the memory.
 * @param limits null for documents of our own making
 */
export function readDocument(
  schema: GraphQLSchema,
  { source, operationName }: Given,
  limits: Limits | null,
): ReadDocument {
  try {
    const document = parsed(source, true);
    const selections = checkedSize(document, limits ?? UNLIMITED);
    const errors = validate(schema, document, RULES);
    if (errors.length > 0) return { refused: located(schema, source, errors) };
    const operation = getOperationAST(document, operationName);
    if (!operation)
      throw refuse(
        'BAD_REQUEST',
        operationName
          ? `There is no operation named "${operationName}"`
          : 'The document has several operations; choose one with operationName',
      );
    if (limits) checkIntrospection(schema, document, operation);
    return { document, operation, selections };
  } catch (error) {
    return { refused: [error] };
  }
}

function parsed(source: string, noLocation: boolean): DocumentNode {
  try {
    return parse(source, { maxTokens: MAX_DOCUMENT_TOKENS, noLocation });
  } catch (error) {
    if (error instanceof GraphQLError && error.message.startsWith('Syntax Error: Document contains more th'))
      throw tooMuch({ name: 'MAX_DOCUMENT_TOKENS', max: MAX_DOCUMENT_TOKENS, unit: 'tokens' });
    // The parser recurses into what is nested.
    if (error instanceof RangeError) throw tooDeep();
    throw error;
  }
}

/** The same errors with the places where they are: whoever wrote the document looks for them. */
function located(schema: GraphQLSchema, source: string, errors: readonly GraphQLError[]): readonly unknown[] {
  // graphql-js compares fields of the same name up to a budget of its own.
  if (errors.some(({ message }) => message === 'Validation aborted.'))
    return [refuse('TOO_COMPLEX_QUERY', 'Query is too complex: too many fields of the same name')];
  return validate(schema, parsed(source, false), RULES);
}

/** graphql-js's own rule lists all types of the schema before it looks for one, and so has a lazy schema made whole. */
function TypeNamesRule(context: ValidationContext): ASTVisitor {
  const schema = context.getSchema();
  let isUnknown = false;
  return {
    NamedType: ({ name }) => {
      isUnknown ||= !schema.getType(name.value);
    },
    Document: {
      leave(document) {
        if (isUnknown) visit(document, KnownTypeNamesRule(context));
      },
    },
  };
}

const RULES = specifiedRules.map((rule) => (rule === KnownTypeNamesRule ? TypeNamesRule : rule));

/** Of a selection with its fragments. */
type Size = {
  readonly selections: number;
  /** Fields that are its own, and not in another. */
  readonly fields: number;
  readonly introspections: number;
  readonly depth: number;
};

/**
 * In time linear to the document: each fragment is counted once.
 * @returns selections of all definitions, each with its fragments
 * @throws PlinthError TOO_COMPLEX_QUERY
 */
function checkedSize(document: DocumentNode, { maxFields, maxRootFields }: SizeLimits): number {
  const counting = new Counting(document);
  let operations = 0;
  let selections = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      atMost(++operations, MAX_OPERATIONS, 'MAX_OPERATIONS', 'operations');
      counting.variables(definition);
    }
    const size =
      definition.kind === Kind.FRAGMENT_DEFINITION
        ? counting.fragment(definition.name.value, 0)
        : counting.selectionSet(definition.selectionSet, 1);
    counting.directives(definition.directives, 0);
    atMost(size.selections, maxFields, 'GRAPHQL_MAX_FIELDS', 'selected fields');
    atMost(size.introspections, MAX_SCHEMA_INTROSPECTIONS, 'MAX_SCHEMA_INTROSPECTIONS', 'selections of __schema');
    if (definition.kind === Kind.OPERATION_DEFINITION)
      atMost(size.fields, maxRootFields, 'GRAPHQL_MAX_ROOT_FIELDS', 'root fields');
    selections += size.selections;
  }
  const max = MAX_DOCUMENT_OPERATIONS_WORTH * maxFields;
  atMost(selections, max, 'MAX_DOCUMENT_OPERATIONS_WORTH', 'selected fields in all definitions');
  return selections;
}

class Counting {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Null while it is being counted: what spreads itself is refused by validation. */
  readonly #known = new Map<string, Size | null>();
  #directives = 0;
  #variables = 0;

  constructor(document: DocumentNode) {
    this.#fragments = new Map(
      document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each]] : [])),
    );
  }

  variables({ variableDefinitions = [] }: OperationDefinitionNode): void {
    this.#variables += variableDefinitions.length;
    atMost(this.#variables, MAX_VARIABLES, 'MAX_VARIABLES', 'variables');
    for (const { defaultValue, directives } of variableDefinitions) {
      if (defaultValue) checkValue(defaultValue, 1);
      this.directives(directives, 1);
    }
  }

  directives(directives: readonly DirectiveNode[] | undefined, level: number): void {
    this.#directives += directives?.length ?? 0;
    atMost(this.#directives, MAX_DIRECTIVES, 'MAX_DIRECTIVES', 'directives');
    for (const each of directives ?? []) checkArguments(each.arguments, level);
  }

  /** @param level how deep it is */
  selectionSet({ selections }: SelectionSetNode, level: number): Size {
    if (level > MAX_DOCUMENT_DEPTH) throw tooDeep();
    let [count, fields, introspections, depth] = [0, 0, 0, 0];
    for (const selection of selections) {
      const size = this.#selection(selection, level);
      count += 1 + size.selections;
      fields += selection.kind === Kind.FIELD ? 1 : size.fields;
      introspections += size.introspections;
      depth = Math.max(depth, size.depth);
    }
    return { selections: count, fields, introspections, depth: depth + 1 };
  }

  #selection(selection: SelectionNode, level: number): Size {
    this.directives(selection.directives, level);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return this.fragment(selection.name.value, level);
    const size = selection.selectionSet ? this.selectionSet(selection.selectionSet, level + 1) : NOTHING;
    if (selection.kind === Kind.INLINE_FRAGMENT) return size;
    checkArguments(selection.arguments, level);
    return selection.name.value === '__schema' ? { ...size, introspections: size.introspections + 1 } : size;
  }

  fragment(name: string, level: number): Size {
    let size = this.#known.get(name);
    if (size === undefined) {
      const fragment = this.#fragments.get(name);
      this.#known.set(name, null);
      size = fragment ? this.selectionSet(fragment.selectionSet, level + 1) : NOTHING;
      this.#known.set(name, size);
    }
    if (size && level + size.depth > MAX_DOCUMENT_DEPTH) throw tooDeep();
    return size ?? NOTHING;
  }
}

const NOTHING: Size = { selections: 0, fields: 0, introspections: 0, depth: 0 };

function checkArguments(given: readonly { readonly value: ValueNode }[] | undefined, level: number): void {
  for (const { value } of given ?? []) checkValue(value, level + 1);
}

function checkValue(value: ValueNode, level: number): void {
  if (level > MAX_DOCUMENT_DEPTH) throw tooDeep();
  if (value.kind === Kind.LIST) for (const each of value.values) checkValue(each, level + 1);
  if (value.kind === Kind.OBJECT) for (const each of value.fields) checkValue(each.value, level + 1);
}

function tooDeep() {
  return tooMuch({ name: 'MAX_DOCUMENT_DEPTH', max: MAX_DOCUMENT_DEPTH, unit: 'levels of selections or values' });
}
