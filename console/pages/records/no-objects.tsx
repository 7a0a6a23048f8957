/** Where there is no object whose records could be shown; else `/records` leads to the first (router.tsx). */

import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../parts/empty-state.tsx';

export function NoObjects() {
  const { t } = useTranslation();
  return <EmptyState title={t('model.noObjects')} />;
}
