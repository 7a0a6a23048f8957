/** Explains when to use which API, with samples for the objects of this workspace. */

import { Anchor, List, SegmentedControl, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useActiveKey } from '../../api/active-key.ts';
import { examplesQuery } from '../../api/examples.ts';
import { LANGUAGES, type SampleLanguage } from '../../parts/call-sample.ts';
import { CodeBlock } from '../../parts/code-block.tsx';
import { Page } from '../../parts/page.tsx';
import { APIS, type ApiName, sample } from './samples.ts';

const OPEN = {
  restCore: '/docs',
  restMetadata: '/docs/metadata',
  graphqlCore: '/playground',
  graphqlMetadata: '/playground/metadata',
} as const;

export function ApiGuide() {
  const { t } = useTranslation();
  const { data: examples } = useSuspenseQuery(examplesQuery);
  const key = useActiveKey();
  const [language, setLanguage] = useState<SampleLanguage>('curl');
  const names = {
    object: examples?.object.labelPlural ?? '',
    custom: examples?.objects.filter(({ origin }) => origin === 'custom').length ?? 0,
    total: examples?.objects.length ?? 0,
  };
  return (
    <Page title={t('pages.apiGuide')} about={t('apiGuide.about', names)}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <Card title={t('apiGuide.coreTitle')} about={t('apiGuide.core', names)} />
        <Card title={t('apiGuide.metadataTitle')} about={t('apiGuide.metadata', names)} />
        <Card title={t('apiGuide.restTitle')} about={t('apiGuide.rest')} />
        <Card title={t('apiGuide.graphqlTitle')} about={t('apiGuide.graphql')} />
      </SimpleGrid>
      <Title order={2} mt={36} mb={4}>
        {t('apiGuide.limits')}
      </Title>
      <List fz={14} spacing={4} mb={36}>
        <List.Item>{t('apiGuide.batch')}</List.Item>
        <List.Item>{t('apiGuide.upsert')}</List.Item>
        <List.Item>{t('apiGuide.errors')}</List.Item>
      </List>
      <SegmentedControl
        aria-label={t('apiGuide.language')}
        data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
        value={language}
        onChange={(language) => setLanguage(language as SampleLanguage)}
      />
      <Stack mt="md" gap="xl">
        {(Object.keys(APIS) as ApiName[]).map((api) => (
          <div key={api}>
            <Title order={2}>{t(`explorer.${api}`)}</Title>
            <Text fz={14} c="dimmed" mb="xs">
              {t(`apiGuide.sample.${api}`, names)}{' '}
              <Anchor component={Link} to={OPEN[api]} fz={14} underline="always">
                {t('apiGuide.tryIt')}
              </Anchor>
            </Text>
            <CodeBlock
              label={t(`explorer.${api}`)}
              text={sample(api, language, { examples, key, origin: location.origin })}
            />
          </div>
        ))}
      </Stack>
    </Page>
  );
}

function Card({ title, about }: { title: string; about: string }) {
  return (
    <div className="card-plain" style={{ padding: 20 }}>
      <Title order={2} fz={16} mb={4}>
        {title}
      </Title>
      <Text fz={14} c="dimmed" style={{ whiteSpace: 'pre-line' }}>
        {about}
      </Text>
    </div>
  );
}
