/** What is kept from a role of an object, in words: some of its fields, some of its records. */

import { useTranslation } from 'react-i18next';
import type { Field, ModelObject } from '../../api/model.ts';
import type { Role } from '../../api/roles.ts';
import { columnsOf } from '../records/columns.ts';
import { rowsOf, useConditionWords } from '../records/conditions.ts';
import { fieldRights, fieldsOf, objectRight } from './rights.ts';

// More are counted, so that a cell stays a cell.
const MAX_NAMED = 3;

export function useRestrictions(role: Role, objects: readonly ModelObject[]) {
  const { t, i18n } = useTranslation();
  const conditionWords = useConditionWords();
  function named(fields: readonly Field[]): string {
    if (fields.length > MAX_NAMED) return t('roles.manyFields', { count: fields.length });
    return fields.map(({ label }) => label).join(t('roles.comma'));
  }
  return {
    fields(object: ModelObject): string | null {
      const all = fieldsOf(object).map((field) => ({ field, ...fieldRights(role, object, field) }));
      const [isRead, isUpdated] = [objectRight(role, object, 'read').holds, objectRight(role, object, 'update').holds];
      // What differs from what holds for the object is said.
      const differing = {
        hidden: isRead ? all.filter(({ read }) => !read.holds) : [],
        onlyRead: isUpdated ? all.filter(({ read, update }) => read.holds && !update.holds) : [],
        read: isRead ? [] : all.filter(({ read, update }) => read.holds && !update.holds),
        updated: isUpdated && isRead ? [] : all.filter(({ update }) => update.holds),
      };
      const parts = (Object.keys(differing) as (keyof typeof differing)[]).flatMap((what) => {
        const fields = differing[what].map(({ field }) => field);
        return fields.length > 0 ? [t(`roles.fieldLimits.${what}`, { fields: named(fields) })] : [];
      });
      return parts.length > 0 ? parts.join(t('roles.semicolon')) : null;
    },
    rows(object: ModelObject): string | null {
      const rule = role.rowRules.find(({ objectMetadataId }) => objectMetadataId === object.id);
      if (!rule) return null;
      const conditions = rowsOf(rule.filter, columnsOf(object, objects));
      if (!conditions) return JSON.stringify(rule.filter);
      return new Intl.ListFormat(i18n.language, { type: 'conjunction' }).format(conditions.map(conditionWords));
    },
  };
}
