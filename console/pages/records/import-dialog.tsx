/** Brings in a CSV file: how it begins, then how far it is, then what was refused and why. */

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

// Enough of a file to see how it begins, however large it is.
const PREVIEW_BYTES = 64 * 1024;
const PREVIEW_ROWS = 5;
const MAX_SHOWN_REFUSALS = 20;

type Preview = { rows: string[][]; lines: number | null };

export function ImportDialog({ object, onClose }: { object: ModelObject; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [mistake, setMistake] = useState<Error | null>(null);
  const [upsert, setUpsert] = useState(false);
  const [events, setEvents] = useState<ImportEvent[]>([]);
  const importing = useMutation({
    mutationFn: () => importCsv(object, file as File, upsert, (event) => setEvents((before) => [...before, event])),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['records', object.namePlural] }),
  });
  const refused = events.filter((event) => event.event === 'refused' || event.event === 'failed');
  const counts = events.findLast((event) => event.event === 'progress' || event.event === 'done');
  const isDone = importing.isSuccess;

  async function choose(chosen: File | null) {
    setFile(chosen);
    setPreview(null);
    setMistake(null);
    if (!chosen) return;
    try {
      setPreview(await previewOf(chosen));
    } catch (error) {
      setMistake(error as Error);
    }
  }
  return (
    <Dialog
      onClose={onClose}
      title={t('records.importInto', { name: object.labelPlural })}
      size="xl"
      isHeld={importing.isPending}
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
              onChange={choose}
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
        {refused.length > 0 && (
          <ul className="refusals">
            {refused.slice(0, MAX_SHOWN_REFUSALS).map((event) => (
              <li key={`${event.line}`}>
                {t('records.line', { line: event.line })}: {'message' in event ? event.message : ''}
              </li>
            ))}
          </ul>
        )}
        <ErrorAlert error={mistake ?? importing.error} />
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
              {row.map((cell, place) => (
                <td key={names[place]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

/** @throws Error where the file does not begin as CSV does */
async function previewOf(file: File): Promise<Preview> {
  const text = await file.slice(0, PREVIEW_BYTES).text();
  const isWhole = file.size <= PREVIEW_BYTES;
  const rows: string[][] = parse(text, { bom: true, relax_column_count: true, to: PREVIEW_ROWS + 1 });
  // Of a file that is larger, how long its lines are says about how many there are.
  const lines = text.split('\n').length;
  return { rows, lines: isWhole ? lines : Math.round((lines * file.size) / PREVIEW_BYTES) };
}

function percent(line: number, lines: number | null): number {
  return lines ? Math.min(99, (100 * line) / lines) : 0;
}
