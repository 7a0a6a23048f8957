/** An error message with all mistakes of the input. */

import { Alert, List } from '@mantine/core';
import { ApiError } from '../api/request.ts';
import { useErrorMessage } from './error-message.ts';
import { IconAlert } from './icons.ts';

export function ErrorAlert({ error }: { error: Error | null }) {
  const wording = useErrorMessage();
  if (!error) return null;
  const more = error instanceof ApiError ? error.mistakes : [];
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlert size={18} />} py="xs">
      {wording(error)}
      {more.length > 0 && (
        <List fz={14} mt={4}>
          {more.map((mistake) => (
            <List.Item key={mistake}>{mistake}</List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
