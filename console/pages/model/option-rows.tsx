/** The options of a select, in their order. */

import { ActionIcon, Button, Fieldset, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Option } from '../../api/model.ts';
import { IconPlus, IconTrash } from '../../parts/icons.ts';
import { optionValueOf } from './api-names.ts';

const COLORS = ['blue', 'green', 'orange', 'red', 'purple', 'pink', 'yellow', 'turquoise', 'sky', 'gray'] as const;

export function OptionRows({ options, onChange }: { options: Option[]; onChange: (options: Option[]) => void }) {
  const { t } = useTranslation();
  const change = (place: number, changed: Partial<Option>) =>
    onChange(options.map((option, at) => (at === place ? { ...option, ...changed } : option)));
  /** An option that records may hold already keeps its value; a new one is called after its label. */
  const setLabel = (place: number, option: Option, label: string) =>
    change(place, {
      label,
      ...(option.id === undefined && option.value === optionValueOf(option.label) && { value: optionValueOf(label) }),
    });
  return (
    <Fieldset legend={t('model.options')} variant="unstyled">
      <Stack gap="xs" mt={4}>
        {options.map((option, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
          <Group key={place} gap="xs" wrap="nowrap">
            <TextInput
              flex={2}
              aria-label={t('model.label')}
              placeholder={t('model.label')}
              required
              value={option.label}
              onChange={({ currentTarget }) => setLabel(place, option, currentTarget.value)}
            />
            <TextInput
              flex={2}
              aria-label={t('model.optionValue')}
              placeholder="VALUE"
              required
              value={option.value}
              onChange={({ currentTarget }) => change(place, { value: currentTarget.value })}
            />
            <NativeSelect
              flex={1}
              aria-label={t('model.color')}
              data={COLORS.map((value) => ({ value, label: t(`colors.${value}`) }))}
              value={option.color}
              onChange={({ currentTarget }) => change(place, { color: currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t('model.removeOption')}
              onClick={() => onChange(options.toSpliced(place, 1))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => {
              const color = COLORS[options.length % COLORS.length] as string;
              onChange([...options, { label: '', value: '', color, position: options.length }]);
            }}
          >
            {t('model.addOption')}
          </Button>
        </div>
      </Stack>
    </Fieldset>
  );
}
