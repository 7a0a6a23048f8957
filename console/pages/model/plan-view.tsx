/** The plan of a model change: deleted data first, then each statement with its reason and locks. */

import { Alert, Badge, List, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Plan } from '../../api/model-changes.ts';
import { ScrollRegion } from '../../parts/scroll-region.tsx';

export function PlanView({ plan: { statements, schema } }: { plan: Plan }) {
  const { t } = useTranslation();
  const losses = statements.flatMap((statement) => statement.losses).filter(({ count }) => count !== 0);
  return (
    <Stack gap="sm">
      {losses.length > 0 && (
        <Alert color="red" variant="light" title={t('plan.losesTitle')} py="xs">
          <List fz={14}>
            {losses.map(({ what, table, column, count }) => (
              <List.Item key={`${table}.${column}.${what}`}>
                {count === null ? what : t('plan.loss', { what, count })}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {schema.breaking.length > 0 && (
        <Alert color="orange" variant="light" title={t('plan.breakingTitle')} py="xs" c="bright">
          <List fz={14}>
            {schema.breaking.map((breaking) => (
              <List.Item key={breaking}>{breaking}</List.Item>
            ))}
          </List>
        </Alert>
      )}
      <Text fz={14} c="dimmed">
        {statements.length === 0 ? t('plan.nothing') : t('plan.statements', { count: statements.length })}
      </Text>
      {statements.length > 0 && (
        <ol className="plan" aria-label={t('plan.title')}>
          {statements.map((statement, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a statement is its place in the plan
            <li key={place}>
              <Text fz={14} fw={550}>
                {statement.why}
              </Text>
              <Marks statement={statement} />
              <ScrollRegion className="code" label={`${t('plan.sql')} ${place + 1}`}>
                {statement.sql}
              </ScrollRegion>
            </li>
          ))}
        </ol>
      )}
    </Stack>
  );
}

function Marks({ statement }: { statement: Plan['statements'][number] }) {
  const { t } = useTranslation();
  const marks = [
    ...statement.locks.map(({ table, blocks }) =>
      t(blocks === 'all' ? 'plan.locksAll' : 'plan.locksWrites', { table }),
    ),
    ...(statement.rewrites ? [t('plan.rewrites')] : []),
    ...(statement.isBackground ? [t('plan.background')] : []),
  ];
  if (marks.length === 0) return null;
  return (
    <div className="marks">
      {marks.map((mark) => (
        <Badge key={mark} size="sm" color="gray" variant="light" tt="none">
          {mark}
        </Badge>
      ))}
    </div>
  );
}
