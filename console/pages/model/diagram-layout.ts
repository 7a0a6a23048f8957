/** The positions of the objects in the diagram: layered by dagre, in the direction of the relations. */

import dagre from '@dagrejs/dagre';
import { type Edge, MarkerType, type Node } from '@xyflow/react';
import type { Field, ModelObject } from '../../api/model.ts';

export type ObjectNode = Node<{ object: ModelObject; fields: Field[]; more: number }, 'object'>;

const WIDTH = 220;
const HEAD_HEIGHT = 42;
const ROW_HEIGHT = 22;
const MAX_FIELDS = 8;

export function layOut(objects: readonly ModelObject[]): { nodes: ObjectNode[]; edges: Edge[] } {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 28, ranksep: 110 });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = new Set(objects.map(({ id }) => id));
  const boxes = objects.map((object) => {
    const own = object.fieldsList.filter(
      ({ isActive, isSystem, relation, morphRelations }) =>
        isActive && !isSystem && !relation && !morphRelations?.length,
    );
    const fields = own.slice(0, MAX_FIELDS);
    const more = own.length - fields.length;
    const height = HEAD_HEIGHT + ROW_HEIGHT * (fields.length + (more > 0 ? 1 : 0)) + 8;
    graph.setNode(object.id, { width: WIDTH, height });
    return { object, fields, more, height };
  });
  const edges = objects.flatMap((object) => edgesOf(object).filter(({ target }) => ids.has(target)));
  for (const { source, target } of edges) graph.setEdge(source, target);
  dagre.layout(graph);
  const nodes = boxes.map(({ height, ...data }): ObjectNode => {
    const { x, y } = graph.node(data.object.id);
    const position = { x: x - WIDTH / 2, y: y - height / 2 };
    return {
      id: data.object.id,
      type: 'object',
      position,
      data,
      width: WIDTH,
      height,
      ariaLabel: data.object.labelPlural,
    };
  });
  return { nodes, edges };
}

/** One edge for each relation, from the side with the foreign key. */
function edgesOf(object: ModelObject): Edge[] {
  return object.fieldsList
    .filter(({ isActive }) => isActive)
    .flatMap((field) => {
      const relations = field.relation ? [field.relation] : (field.morphRelations ?? []);
      return relations
        .filter(({ type }) => type === 'MANY_TO_ONE')
        .map(({ targetObjectMetadata: target }) => ({
          id: `${field.id}:${target.id}`,
          source: object.id,
          target: target.id,
          markerEnd: { type: MarkerType.ArrowClosed },
          ...(field.relation && { label: field.name }),
        }));
    });
}
