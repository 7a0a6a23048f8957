/** What users say when they create or change a field. Contract: metadata.md 2.4, 2.6 */

import type { FieldSettings, Option } from '../field-types/field-type.ts';

export type RelationPayload = {
  readonly type?: string;
  readonly targetObjectMetadataId?: string;
  readonly targetFieldLabel?: string | null;
  readonly targetFieldIcon?: string | null;
};

export type CreateField = {
  readonly objectMetadataId: string;
  readonly type: string;
  readonly name: string;
  readonly label: string;
  readonly description?: string | null;
  readonly icon?: string | null;
  readonly isActive?: boolean | null;
  readonly isUIReadOnly?: boolean | null;
  readonly isNullable?: boolean | null;
  readonly isUnique?: boolean | null;
  readonly defaultValue?: unknown;
  readonly options?: readonly Partial<Option>[] | null;
  readonly settings?: FieldSettings | null;
  readonly isLabelSyncedWithName?: boolean | null;
  readonly relationCreationPayload?: RelationPayload | null;
  readonly morphRelationsCreationPayload?: readonly RelationPayload[] | null;
};

export type UpdateField = Partial<
  Omit<CreateField, 'objectMetadataId' | 'type' | 'relationCreationPayload' | 'morphRelationsCreationPayload'>
> & {
  /** More targets of a morph relation. */
  readonly morphRelationsUpdatePayload?: readonly RelationPayload[] | null;
  /** As an object's. */
  readonly aliases?: readonly string[] | null;
  readonly keepFormerName?: boolean | null;
};
