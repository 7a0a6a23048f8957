/** The message of an error: the one of the API, or our own if there was no response. */

import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/request.ts';

export function useErrorMessage(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError))
      return t('errors.unexpected', { message: String((error as Error).message ?? error) });
    return error.code === 'UNREACHABLE' ? t('errors.unreachable') : error.message;
  };
}
