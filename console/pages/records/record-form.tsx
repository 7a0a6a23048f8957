/** Creates a record. */

import { Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { createRecord } from '../../api/records.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FormFooter } from '../../parts/form-footer.tsx';
import { preventReload } from '../../parts/submit.ts';
import { type Column, isWritable, type Related, relationData, valueOfParts } from './columns.ts';
import { PartInput } from './part-input.tsx';
import { RelationInput } from './relation-input.tsx';

type RecordFormProps = { object: ModelObject; columns: readonly Column[]; onClose: () => void };

export function RecordForm({ object, columns, onClose }: RecordFormProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [texts, setTexts] = useState<Readonly<Record<string, readonly string[]>>>({});
  const [related, setRelated] = useState<Readonly<Record<string, Related | null>>>({});
  const writable = columns.filter(isWritable);
  const valued = writable.filter(({ parts }) => parts.length > 0);
  const relations = writable.filter(({ targets }) => targets.length > 0);
  const textsOf = ({ field, parts }: Column) => texts[field.name] ?? parts.map(() => '');
  const saving = useMutation({
    // Empty inputs are left out, so that the defaults apply.
    mutationFn: async () => {
      const given = valued.filter((column) => textsOf(column).some((text) => text !== ''));
      const joined = relations.map((column) => {
        const chosen = related[column.field.name];
        return chosen ? relationData(column, chosen) : {};
      });
      const data = Object.assign(
        {},
        ...given.map((column) => ({ [column.field.name]: valueOfParts(column.parts, textsOf(column)) })),
        ...joined,
      );
      await createRecord(object, data);
    },
    async onSuccess() {
      await queryClient.invalidateQueries({ queryKey: ['records', object.namePlural] });
      onClose();
    },
  });
  return (
    <Dialog onClose={onClose} title={t('records.createOne', { name: object.labelSingular })} size="lg">
      <form onSubmit={preventReload(() => saving.mutate())}>
        <Stack gap="sm">
          {valued.map((column, at) => (
            <fieldset key={column.field.id} className="form-row">
              <legend>{column.field.label}</legend>
              {column.parts.map((part, index) => (
                <PartInput
                  key={part.sub ?? ''}
                  options={column.field.options}
                  part={part}
                  label={part.sub ? t(`parts.${part.sub}`) : column.field.label}
                  hasFocus={at === 0 && index === 0}
                  text={textsOf(column)[index] ?? ''}
                  onChange={(text) => setTexts({ ...texts, [column.field.name]: textsOf(column).with(index, text) })}
                />
              ))}
            </fieldset>
          ))}
          {relations.map((column) => (
            <RelationInput
              key={column.field.id}
              column={column}
              related={related[column.field.name] ?? null}
              hasLabel
              onChange={(chosen) => setRelated({ ...related, [column.field.name]: chosen })}
            />
          ))}
          <FormFooter mutation={saving} onClose={onClose}>
            {t('common.create')}
          </FormFooter>
        </Stack>
      </form>
    </Dialog>
  );
}
