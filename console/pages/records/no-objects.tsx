/** Shown at `/records` if there are no objects; otherwise router.tsx redirects to the first one. */

import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../parts/empty-state.tsx';

export function NoObjects() {
  const { t } = useTranslation();
  return <EmptyState title={t('model.noObjects')} />;
}
