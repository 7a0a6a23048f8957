/** The records of an object that a role sees: conditions in words, or a filter of the API where words don't reach. */

import { JsonInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { type Role, rolesQuery, setRowRule } from '../../api/roles.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FormFooter } from '../../parts/form-footer.tsx';
import { preventReload } from '../../parts/submit.ts';
import { columnsOf } from '../records/columns.ts';
import { type Condition, filterOf, rowsOf } from '../records/conditions.ts';
import { FilterBar } from '../records/filter-bar.tsx';

type RowRuleFormProps = {
  role: Role;
  object: ModelObject;
  objects: readonly ModelObject[];
  onClose: () => void;
};

export function RowRuleForm({ role, object, objects, onClose }: RowRuleFormProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const columns = columnsOf(object, objects);
  const rule = role.rowRules.find(({ objectMetadataId }) => objectMetadataId === object.id)?.filter ?? null;
  const [conditions, setConditions] = useState<readonly Condition[] | null>(rule ? rowsOf(rule, columns) : []);
  const [json, setJson] = useState(rule ? pretty(rule) : '');
  const saving = useMutation({
    mutationFn: async () =>
      setRowRule(role.id, { objectMetadataId: object.id, filter: conditions ? joined(conditions) : parsed(json) }),
    async onSuccess() {
      await queryClient.invalidateQueries(rolesQuery);
      onClose();
    },
  });
  /** What JSON says is kept where conditions can say it too; else the JSON stays. */
  function write(as: 'conditions' | 'json') {
    if (as === 'conditions') setConditions(sayable(json, (filter) => rowsOf(filter, columns)));
    else {
      const filter = joined(conditions ?? []);
      setJson(filter ? pretty(filter) : '');
      setConditions(null);
    }
  }
  const isSayable = conditions !== null || sayable(json, (filter) => rowsOf(filter, columns)) !== null;
  return (
    <Dialog onClose={onClose} title={t('roles.rowsOf', { object: object.labelPlural })} size="lg">
      <form onSubmit={preventReload(() => saving.mutate())}>
        <Stack>
          <Text fz={14} c="dimmed">
            {t('roles.rowsAbout', { role: role.label })}
          </Text>
          <SegmentedControl
            aria-label={t('roles.writtenAs')}
            data={[
              { value: 'conditions', label: t('roles.conditions'), disabled: !isSayable },
              { value: 'json', label: t('roles.filterAsJson') },
            ]}
            value={conditions ? 'conditions' : 'json'}
            onChange={(as) => write(as as 'conditions' | 'json')}
          />
          {conditions ? (
            <FilterBar columns={columns} conditions={conditions} knowsMe onChange={setConditions} />
          ) : (
            <JsonInput
              label={t('roles.filter')}
              description={t('roles.filterAbout')}
              autosize
              minRows={4}
              maxRows={14}
              value={json}
              onChange={setJson}
            />
          )}
          <FormFooter sending={saving} onClose={onClose}>
            {t('common.save')}
          </FormFooter>
        </Stack>
      </form>
    </Dialog>
  );
}

const pretty = (filter: object) => JSON.stringify(filter, null, 2);

/** Null, which is no rule, where nothing is said. */
function joined(conditions: readonly Condition[]): object | null {
  const filters = conditions.flatMap(filterOf);
  return filters.length > 1 ? { and: filters } : (filters[0] ?? null);
}

/** @throws SyntaxError */
function parsed(json: string): Readonly<Record<string, unknown>> | null {
  return json.trim() === '' ? null : JSON.parse(json);
}

function sayable(
  json: string,
  say: (filter: Readonly<Record<string, unknown>>) => readonly Condition[] | null,
): readonly Condition[] | null {
  try {
    const filter = parsed(json);
    return filter ? say(filter) : [];
  } catch {
    return null; // not JSON yet: it is refused when it is saved
  }
}
