/** Imports a CSV file: shows a preview, then the progress and the rejected lines. */

import { Button, Checkbox, FileInput, Group, Progress, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { parse } from 'csv-parse/browser/esm/sync';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelObject } from '../../api/model.ts';
import { type ImportEvent, importCsv } from '../../api/records.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorAlert } from '../../parts/error-alert.tsx';
import { ScrollRegion } from '../../parts/scroll-region.tsx';

// Only the start of a file is read for the preview, because files can be large.
const PREVIEW_BYTES = 64 * 1024;
const PREVIEW_ROWS = 5;
const MAX_SHOWN_REJECTIONS = 20;

type Preview = { rows: string[][]; lines: number | null };

export function ImportDialog({ object, onClose }: { object: ModelObject; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [parseError, setParseError] = useState<Error | null>(null);
  const [upsert, setUpsert] = useState(false);
  const [events, setEvents] = useState<ImportEvent[]>([]);
  const importing = useMutation({
    mutationFn: () => importCsv(object, file as File, upsert, (event) => setEvents((before) => [...before, event])),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['records', object.namePlural] }),
  });
  const rejections = events.filter((event) => event.event === 'refused' || event.event === 'failed');
  const counts = events.findLast((event) => event.event === 'progress' || event.event === 'done');
  const isDone = importing.isSuccess;

  async function selectFile(selected: File | null) {
    setFile(selected);
    setPreview(null);
    setParseError(null);
    if (!selected) return;
    try {
      setPreview(await previewOf(selected));
    } catch (error) {
      setParseError(error as Error);
    }
  }
  return (
    <Dialog
      onClose={onClose}
      title={t('records.importInto', { name: object.labelPlural })}
      size="xl"
      keepOpen={importing.isPending}
    >
      <Stack>
        {!importing.isPending && !isDone && (
          <>
            <FileInput
              label={t('records.file')}
              description={t('records.fileAbout')}
              placeholder={t('records.chooseFile')}
              accept="text/csv,.csv"
              value={file}
              onChange={selectFile}
            />
            {preview && <PreviewTable rows={preview.rows} />}
            <Checkbox
              label={t('records.upsert')}
              description={t('records.upsertAbout')}
              checked={upsert}
              onChange={({ currentTarget }) => setUpsert(currentTarget.checked)}
            />
          </>
        )}
        {(importing.isPending || isDone) && (
          <>
            <Progress
              value={isDone ? 100 : percent(counts?.line ?? 0, preview?.lines ?? null)}
              animated={!isDone}
              aria-label={t('records.progress')}
            />
            {counts && (counts.event === 'progress' || counts.event === 'done') && (
              <Text fz={14} role="status">
                {t('records.imported', { created: counts.created, updated: counts.updated, refused: counts.refused })}
              </Text>
            )}
          </>
        )}
        {rejections.length > 0 && (
          <ul className="refusals">
            {rejections.slice(0, MAX_SHOWN_REJECTIONS).map((event) => (
              <li key={`${event.line}`}>
                {t('records.line', { line: event.line })}: {'message' in event ? event.message : ''}
              </li>
            ))}
          </ul>
        )}
        <ErrorAlert error={parseError ?? importing.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {isDone ? t('common.done') : t('common.cancel')}
          </Button>
          {!isDone && (
            <Button disabled={!preview} loading={importing.isPending} onClick={() => importing.mutate()}>
              {t('records.import')}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}

function PreviewTable({ rows: [names = [], ...rows] }: { rows: string[][] }) {
  const { t } = useTranslation();
  return (
    <ScrollRegion className="card-plain wide" label={t('records.preview')}>
      <table className="table">
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.join('\u0000')}>
              {row.map((cell, index) => (
                <td key={names[index]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

/** @throws Error if the start of the file isn't valid CSV */
async function previewOf(file: File): Promise<Preview> {
  const text = await file.slice(0, PREVIEW_BYTES).text();
  const isWhole = file.size <= PREVIEW_BYTES;
  const rows: string[][] = parse(text, { bom: true, relax_column_count: true, to: PREVIEW_ROWS + 1 });
  // The line count of a larger file is estimated from the length of the first lines.
  const lines = text.split('\n').length;
  return { rows, lines: isWhole ? lines : Math.round((lines * file.size) / PREVIEW_BYTES) };
}

function percent(line: number, lines: number | null): number {
  return lines ? Math.min(99, (100 * line) / lines) : 0;
}
