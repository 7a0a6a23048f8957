/** Describes the field permissions and record filters of a role. */

import { useTranslation } from 'react-i18next';
import type { Field, ModelObject } from '../../api/model.ts';
import type { Role } from '../../api/roles.ts';
import { columnsOf } from '../records/columns.ts';
import { conditionsOf, useConditionWords } from '../records/conditions.ts';
import { fieldRights, fieldsOf, objectRight } from './rights.ts';

// More fields are counted, to keep the cell small.
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
      const [isRead, isUpdated] = [
        objectRight(role, object, 'read').isGranted,
        objectRight(role, object, 'update').isGranted,
      ];
      // Only fields that differ from the object are listed.
      const differing = {
        hidden: isRead ? all.filter(({ read }) => !read.isGranted) : [],
        onlyRead: isUpdated ? all.filter(({ read, update }) => read.isGranted && !update.isGranted) : [],
        read: isRead ? [] : all.filter(({ read, update }) => read.isGranted && !update.isGranted),
        updated: isUpdated && isRead ? [] : all.filter(({ update }) => update.isGranted),
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
      const conditions = conditionsOf(rule.filter, columnsOf(object, objects));
      if (!conditions) return JSON.stringify(rule.filter);
      return new Intl.ListFormat(i18n.language, { type: 'conjunction' }).format(conditions.map(conditionWords));
    },
  };
}
