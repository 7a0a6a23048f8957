/** Leads to the records of the first object that people look at. */

import { useSuspenseQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { isShown, objectsQuery } from '../../api/model.ts';
import { Empty } from '../../parts/empty.tsx';

export function RecordsStart() {
  const { t } = useTranslation();
  const { data: objects } = useSuspenseQuery(objectsQuery);
  const shown = objects.filter(isShown);
  const first = shown.find(({ namePlural }) => namePlural === 'companies') ?? shown[0];
  if (!first) return <Empty title={t('model.noObjects')} />;
  return <Navigate to="/records/$plural" params={{ plural: first.namePlural }} replace />;
}
