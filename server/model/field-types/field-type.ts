/** What a field type declares about itself. Each type is one file; no other code asks "is it a CURRENCY?". */

import type { Given } from '../../given.ts';

/** Scalars of the core APIs. `Enum` is the field's own enum; `ActorSource` the shared one. */
export type Scalar =
  | 'ActorSource'
  | 'BigFloat'
  | 'Boolean'
  | 'Date'
  | 'DateTime'
  | 'Enum'
  | 'Float'
  | 'ID'
  | 'Int'
  | 'JSON'
  | 'Position'
  | 'String'
  | 'TSVector'
  | 'UUID';

/** A value of a field with options; in Postgres, a label of the field's enum type. */
export type Option = {
  readonly id: string;
  readonly value: string;
  readonly label: string;
  readonly color: string;
  readonly position: number;
};

/** What happens to a record when the record that it points to is destroyed. */
export type OnDelete = 'CASCADE' | 'RESTRICT' | 'SET_NULL' | 'NO_ACTION';

export type FieldSettings = {
  readonly dataType?: 'float' | 'int' | 'bigint';
  readonly decimals?: number;
  readonly onDelete?: OnDelete;
  readonly [key: string]: unknown;
};

/** What the checks of a value need to know about its field. */
export type ValueContext = {
  readonly options: readonly { readonly value: string }[] | null;
  readonly settings: FieldSettings;
};

/** One column of a field type, and how the APIs show it. */
export type Part = {
  /** Sub-field of a composite, as the APIs spell it; null for a field of one column. */
  readonly name: string | null;
  /** What the column's name adds to the field's; null where the column is named like the field. */
  readonly suffix: string | null;
  /** Postgres type; `enum` and `enum[]` stand for the field's own enum type. */
  readonly sql: string | ((settings: FieldSettings) => string);
  readonly scalar: Scalar | ((settings: FieldSettings) => Scalar);
  /** The value that null is shown as, and that filters take for null. Contract: core.md 2.9 (11), 2.22. */
  readonly empty?: '' | '[]' | '{}';
  /** A unique field is unique over this part. */
  readonly isUniqueKey?: true;
  /** Shown and filtered, never written by a client. */
  readonly isReadOnly?: true;
  /** Postgres default where the field has none of its own, as SQL. */
  readonly default?: string;
  /** Qualifies other parts and is no value by itself: the currency of an amount, the country of a phone number. */
  readonly isQualifier?: true;
  /** Aggregates beyond the five that every field has. Contract: core.md 2.12. */
  readonly aggregates?: readonly ('min' | 'max' | 'sum' | 'avg' | 'countTrue' | 'countFalse')[];
};

/** The scalar of a part of a field; that of a number depends on the field's settings. */
export function scalarOfPart({ scalar }: Part, { settings }: { readonly settings: FieldSettings }): Scalar {
  return typeof scalar === 'function' ? scalar(settings) : scalar;
}

export type FieldType = {
  readonly type: string;
  /** GraphQL object type of a composite; null for a field of one column. */
  readonly composite: string | null;
  readonly parts: readonly Part[];
  /** A shared Postgres enum that the columns need: `actor_source`. */
  readonly sharedEnum?: { readonly name: string; readonly values: readonly string[] };
  /**
   * Types of a column that make it a field of this type, as `pg_type` names them, with the settings that each implies.
   * `enum` stands for any enum, `[]` marks arrays. The columns of a type without this carry a smart tag `@type`.
   */
  readonly inferredFrom?: Readonly<Record<string, FieldSettings>>;
  /** Flags and numbers among the settings that the core APIs need: the column's smart tags keep them. */
  readonly taggedSettings?: readonly string[];
  /** The index that a field of this type brings along. */
  readonly index?: 'BTREE' | 'GIN';
  /** Postgres makes the value from other fields, which the setting `sources` names. */
  readonly isGenerated?: true;
  /** False where values of two records are never equal in a way that matters. Contract: core.md 2.6. */
  readonly isGroupable?: false;
  /**
   * True if users can create fields of this type; otherwise the message that says why not. Contract: metadata.md 2.4.
   */
  readonly creatable: true | string;
  /** A field of this type can be the label of its object's records. */
  readonly canLabel?: true;
  /** A field of this type is never nullable. */
  readonly isNeverNull?: true;
  /** The default value of a field that is created without one; null if not set. */
  readonly initialDefault?: unknown;
  /** A field of this type has options. */
  readonly hasOptions?: true;
  /** The options of every field of this type, with new ids; users cannot change them. */
  readonly fixedOptions?: () => readonly Option[];
  /** It says who created or changed a record. */
  readonly isActor?: true;
  /** Clients may write "first" and "last" for the ends of the order. */
  readonly acceptsEnds?: true;
  /** The reference's own message about a value that `check` refuses, in place of the general one. */
  readonly refusal?: (value: string, field: string) => string;
  /** GraphQL input type of the items of a list that clients write; without it, they write the parts' scalars. */
  readonly inputItem?: string;
  /**
   * What is wrong with a value given by a client, one sentence each; empty when nothing is. The caller checks null.
   * The sentences name sub-fields, not the field. Contract: core.md 2.22.
   */
  readonly check: (value: unknown, field: ValueContext) => string[];
  /** What is wrong with a default value other than null; a type without this takes none. Contract: metadata.md 2.4 */
  readonly checkDefault?: (value: unknown, field: ValueContext) => string[];
  /** What is wrong with a field's settings. Contract: metadata.md 2.4 */
  readonly checkSettings?: (settings: FieldSettings) => string[];
  /**
   * A checked value as its columns store it: part name (or `value` for a field of one column) → JSON value. Only given
   * parts are in it. E-mails are lower-cased, links trimmed … Contract: core.md 2.22.
   */
  readonly write: (value: Given, field: { readonly settings: FieldSettings }) => Record<string, unknown>;
  /**
   * The merged value of several records, the record with priority first, in the form that `write` returns. Field types
   * without it keep the first value, whole. Contract: core.md 2.15.
   */
  readonly combine?: (values: readonly Given[], field: { readonly settings: FieldSettings }) => Record<string, unknown>;
  /** JSON schema of a value, as OpenAPI shows it. Contract: core.md 4. */
  readonly openapi: (field: ValueContext) => Record<string, unknown>;
};

/** The `write` of a type of one column that stores values as given. */
export const asGiven = (value: unknown) => ({ value });
