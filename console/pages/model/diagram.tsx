/** The model as a diagram of objects and relations. A click opens the object. */

import '@xyflow/react/dist/style.css';
import { useComputedColorScheme } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Background, Controls, Handle, type NodeProps, Position, ReactFlow } from '@xyflow/react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { isShown, type ModelObject, objectsQuery } from '../../api/model.ts';
import { BackLink } from '../../parts/back-link.tsx';
import styles from './diagram.module.css';
import { layOut, type ObjectNode } from './diagram-layout.ts';

const NODE_TYPES = { object: ObjectBox };

export function Diagram() {
  const { t } = useTranslation();
  useDocumentTitle(`${t('model.diagram')} · Plinth`);
  const { data: objects } = useSuspenseQuery(objectsQuery);
  const navigate = useNavigate();
  const colorScheme = useComputedColorScheme('light');
  const { nodes, edges } = useMemo(() => layOut(objects.filter(isShown)), [objects]);
  return (
    <div className={styles.page}>
      <div className={styles.bar}>
        <BackLink to="/settings/data-model" label={t('model.all')} />
        <h1>{t('model.diagram')}</h1>
      </div>
      <div className={styles.canvas}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          colorMode={colorScheme}
          nodesConnectable={false}
          edgesFocusable={false}
          minZoom={0.1}
          fitView
          fitViewOptions={{ padding: 0.08 }}
          aria-label={t('model.diagram')}
          onNodeClick={(_, node) =>
            navigate({
              to: '/settings/data-model/objects/$name',
              params: { name: (node.data.object as ModelObject).nameSingular },
            })
          }
          proOptions={{ hideAttribution: false }}
        >
          <Background gap={24} />
          <Controls showInteractive={false} />
        </ReactFlow>
      </div>
    </div>
  );
}

function ObjectBox({ data: { object, fields, more } }: NodeProps<ObjectNode>) {
  const { t } = useTranslation();
  return (
    <div className={styles.object} data-origin={object.origin}>
      <Handle type="target" position={Position.Left} />
      <div className={styles.name}>{object.labelPlural}</div>
      <ul>
        {fields.map(({ id, name, type }) => (
          <li key={id}>
            <span>{name}</span>
            <span className={styles.type}>{type.toLowerCase().replaceAll('_', ' ')}</span>
          </li>
        ))}
        {more > 0 && <li className={styles.type}>{t('model.moreFields', { count: more })}</li>}
      </ul>
      <Handle type="source" position={Position.Right} />
    </div>
  );
}
