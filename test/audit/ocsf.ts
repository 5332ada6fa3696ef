/** A small validator with the required attributes of OCSF 1.8.0, written out here so that the source cannot agree with itself. */

type Value = Record<string, unknown>;

const BASE = ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'];
const CLASSES: Record<number, { category: number; required: string[]; activities: number[]; oneOf?: string[] }> = {
  3002: { category: 3, required: ['user'], activities: [1, 2, 3, 4, 5, 6, 7, 99], oneOf: ['service', 'dst_endpoint'] },
  3004: { category: 3, required: ['entity'], activities: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 99] },
  6002: { category: 6, required: ['app'], activities: [1, 2, 3, 4, 5, 6, 7, 8, 99] },
  6003: { category: 6, required: ['actor', 'api', 'src_endpoint'], activities: [1, 2, 3, 4, 99] },
};
const OBJECTS: Record<string, { required?: string[]; oneOf?: string[] }> = {
  metadata: { required: ['product', 'version'] },
  'metadata.product': { oneOf: ['name', 'uid'] },
  actor: { oneOf: ['process', 'user', 'invoked_by', 'session', 'app_name', 'app_uid'] },
  'actor.user': { oneOf: ['account', 'name', 'uid'] },
  user: { oneOf: ['account', 'name', 'uid'] },
  api: { required: ['operation'] },
  'api.request': { required: ['uid'] },
  'api.service': { oneOf: ['name', 'uid'] },
  service: { oneOf: ['name', 'uid'] },
  app: { oneOf: ['name', 'uid'] },
  src_endpoint: {
    oneOf: ['ip', 'uid', 'name', 'hostname', 'svc_name', 'instance_uid', 'interface_uid', 'interface_name', 'domain'],
  },
  entity: { oneOf: ['name', 'uid', 'device', 'group', 'org', 'policy', 'user'] },
  policy: { oneOf: ['name', 'type', 'uid'] },
};

function at(record: Value, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Value | undefined)?.[key], record);
}

/** What is wrong with an event; empty when nothing is. */
export function ocsfFaults(record: Value): string[] {
  const faults: string[] = [];
  const classUid = record['class_uid'] as number;
  const known = CLASSES[classUid];
  if (known === undefined) return [`unknown class ${classUid}`];
  for (const name of [...BASE, ...known.required]) if (record[name] === undefined) faults.push(`${name} is missing`);
  if (known.oneOf !== undefined && !known.oneOf.some((name) => record[name] !== undefined))
    faults.push('none of ' + known.oneOf.join());
  if (record['category_uid'] !== known.category) faults.push('category_uid');
  if (!known.activities.includes(record['activity_id'] as number)) faults.push('activity_id');
  if (record['type_uid'] !== classUid * 100 + (record['activity_id'] as number)) faults.push('type_uid');
  if (![1, 2, 3, 4, 5, 6].includes(record['severity_id'] as number)) faults.push('severity_id');
  if (!Number.isSafeInteger(record['time'])) faults.push('time');
  for (const [path, { required = [], oneOf }] of Object.entries(OBJECTS)) {
    const value = at(record, path) as Value | undefined;
    if (value === undefined) continue;
    for (const name of required) if (value[name] === undefined) faults.push(`${path}.${name} is missing`);
    if (oneOf !== undefined && !oneOf.some((name) => value[name] !== undefined)) faults.push(`${path} is empty`);
  }
  return faults;
}
