/** What a field type must say of itself. One file a type; nothing else asks "is it a CURRENCY?". */

import type { FieldSettings } from '../model.ts';

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
  /** Says of which kind the other parts are, and is no value by itself: a currency without an amount, a country without a number. */
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
  /** False where no two records have a value in common that would say something. Contract: core.md 2.6. */
  readonly isGroupable?: false;
  /** Can users create fields of this type? If not, why. Contract: metadata.md 2.4. */
  readonly creatable: true | string;
  /**
   * What is wrong with a value given by a client, one sentence each; empty when nothing is. Null is checked by the caller.
   * The sentences name sub-fields, not the field. Contract: core.md 2.22.
   */
  readonly check: (
    value: unknown,
    field: { readonly options: readonly { readonly value: string }[] | null; readonly settings: FieldSettings },
  ) => string[];
  /** What is wrong with a default value, null aside; a type without this takes none. Contract: metadata.md 2.4 */
  readonly checkDefault?: (
    value: unknown,
    field: { readonly options: readonly { readonly value: string }[] | null; readonly settings: FieldSettings },
  ) => string[];
  /** What is wrong with a field's settings. Contract: metadata.md 2.4 */
  readonly checkSettings?: (settings: FieldSettings) => string[];
  /**
   * A checked value as its columns keep it: part name (or `value` for a field of one column) → JSON value. Only given parts
   * are in it. E-mails are lower-cased, links trimmed … Contract: core.md 2.22.
   */
  readonly write: (value: any, field: { readonly settings: FieldSettings }) => Record<string, unknown>;
  /**
   * What the values of records that become one make together, that of the record with priority first; in the form that `write`
   * gives. Field types without it keep the first value, whole. Contract: core.md 2.15.
   */
  readonly combine?: (values: readonly any[], field: { readonly settings: FieldSettings }) => Record<string, unknown>;
  /** JSON schema of a value, as OpenAPI shows it. Contract: core.md 4. */
  readonly openapi: (field: {
    readonly options: readonly { readonly value: string }[] | null;
    readonly settings: FieldSettings;
  }) => Record<string, unknown>;
};
