/** The logo. */

import { Group, Text } from '@mantine/core';
import icon from '../icon.svg';

export function Brand({ size = 20 }: { size?: number }) {
  return (
    <Group gap={8} wrap="nowrap">
      <img src={icon} alt="" width={size} height={size} />
      <Text fw={650} fz={size * 0.8}>
        Plinth
      </Text>
    </Group>
  );
}
