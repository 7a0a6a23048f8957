/** The model as a JSON file: download it, edit or upload it, and review the changes before applying them. */

import { Button, FileButton, Group, Textarea } from '@mantine/core';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelChange } from '../../api/model-changes.ts';
import { modelDocumentQuery } from '../../api/model-document.ts';
import { useWorkspace } from '../../api/session.ts';
import { downloadText } from '../../parts/download.ts';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { Page } from '../../parts/page.tsx';
import { ChangeReview } from './change-review.tsx';

export function ModelAsCode() {
  const { t } = useTranslation();
  const { data: model } = useSuspenseQuery(modelDocumentQuery);
  const { refetch } = useQuery(modelDocumentQuery);
  const workspace = useWorkspace();
  const current = `${JSON.stringify(model, null, 2)}\n`;
  const [text, setText] = useState<string | null>(null);
  const [change, setChange] = useState<ModelChange | null>(null);
  const [parseError, setParseError] = useState<Error | null>(null);

  function review() {
    try {
      const input = { model: JSON.parse(text ?? current), allowDataLoss: true };
      setParseError(null);
      setChange({ name: 'applyModel', input });
    } catch (error) {
      setParseError(new Error(t('code.notJson', { message: (error as Error).message })));
    }
  }
  return (
    <Page
      title={t('model.code')}
      back={{ to: '/settings/data-model', label: t('model.all') }}
      about={t('code.about')}
      actions={
        <>
          <Button variant="default" onClick={() => downloadText(`${workspace?.name}.model.json`, current)}>
            {t('code.download')}
          </Button>
          <FileButton
            accept="application/json,.json"
            onChange={async (file) => {
              if (!file) return;
              setText(await file.text());
              setChange(null);
            }}
          >
            {(props) => (
              <Button variant="default" {...props}>
                {t('code.upload')}
              </Button>
            )}
          </FileButton>
        </>
      }
    >
      {change ? (
        <ChangeReview
          change={change}
          onBack={() => setChange(null)}
          backLabel={t('common.back')}
          onDone={() => {
            setChange(null);
            setText(null);
            refetch();
          }}
        />
      ) : (
        <>
          <Textarea
            aria-label={t('model.code')}
            rows={26}
            spellCheck={false}
            value={text ?? current}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12.5 } }}
          />
          <ErrorAlert error={parseError} />
          <Group justify="flex-end" mt="md">
            {text !== null && (
              <Button variant="default" onClick={() => setText(null)}>
                {t('code.discard')}
              </Button>
            )}
            <Button disabled={text === null || text === current} onClick={review}>
              {t('code.compare')}
            </Button>
          </Group>
        </>
      )}
    </Page>
  );
}
