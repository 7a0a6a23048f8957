/** Edits the record filter of a role: as conditions, or as JSON for filters that conditions can't express. */

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
import { type Condition, conditionsOf, filterOf } from '../records/conditions.ts';
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
  const [conditions, setConditions] = useState<readonly Condition[] | null>(rule ? conditionsOf(rule, columns) : []);
  const [json, setJson] = useState(rule ? pretty(rule) : '');
  const saving = useMutation({
    mutationFn: async () =>
      setRowRule(role.id, {
        objectMetadataId: object.id,
        filter: conditions ? filterOfAll(conditions) : parseFilter(json),
      }),
    async onSuccess() {
      await queryClient.invalidateQueries(rolesQuery);
      onClose();
    },
  });
  /** Switches the editor. JSON that conditions can't express stays JSON. */
  function switchTo(editor: 'conditions' | 'json') {
    if (editor === 'conditions') setConditions(conditionsOfJson(json, (filter) => conditionsOf(filter, columns)));
    else {
      const filter = filterOfAll(conditions ?? []);
      setJson(filter ? pretty(filter) : '');
      setConditions(null);
    }
  }
  const canShowConditions =
    conditions !== null || conditionsOfJson(json, (filter) => conditionsOf(filter, columns)) !== null;
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
              { value: 'conditions', label: t('roles.conditions'), disabled: !canShowConditions },
              { value: 'json', label: t('roles.filterAsJson') },
            ]}
            value={conditions ? 'conditions' : 'json'}
            onChange={(editor) => switchTo(editor as 'conditions' | 'json')}
          />
          {conditions ? (
            <FilterBar columns={columns} conditions={conditions} allowsMe onChange={setConditions} />
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
          <FormFooter mutation={saving} onClose={onClose}>
            {t('common.save')}
          </FormFooter>
        </Stack>
      </form>
    </Dialog>
  );
}

const pretty = (filter: object) => JSON.stringify(filter, null, 2);

/** Null if there are no conditions: no rule. */
function filterOfAll(conditions: readonly Condition[]): object | null {
  const filters = conditions.flatMap(filterOf);
  return filters.length > 1 ? { and: filters } : (filters[0] ?? null);
}

/** @throws SyntaxError */
function parseFilter(json: string): Readonly<Record<string, unknown>> | null {
  return json.trim() === '' ? null : JSON.parse(json);
}

function conditionsOfJson(
  json: string,
  toConditions: (filter: Readonly<Record<string, unknown>>) => readonly Condition[] | null,
): readonly Condition[] | null {
  try {
    const filter = parseFilter(json);
    return filter ? toConditions(filter) : [];
  } catch {
    return null; // invalid JSON: saving reports the error
  }
}
