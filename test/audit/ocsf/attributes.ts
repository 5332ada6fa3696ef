/** What an attribute of this name is, wherever it stands: OCSF has one dictionary for all its classes and objects. */
import { type AttributeType, type ValueType, words } from './definition.ts';

function all(is: ValueType, names: string): Readonly<Record<string, AttributeType>> {
  return Object.fromEntries(words(names).map((name) => [name, { is }]));
}

function lists(is: ValueType, names: string): Readonly<Record<string, AttributeType>> {
  return Object.fromEntries(words(names).map((name) => [name, { is, isList: true as const }]));
}

/**
 * An allowed name without an entry is a fault too: what nobody told the type of was not validated. Names that only some
 * other product has use for are left out for that reason.
 */
export const TYPES: Readonly<Record<string, AttributeType>> = {
  ...all(
    'string',
    `action activity_name app_name app_uid category_name class_name comment correlation_uid desc disposition domain
    event_code hostname log_name log_provider message name operation original_event_uid raw_data severity status
    status_code status_detail svc_name tenant_uid title type type_name uid uid_alt vendor_name version`,
  ),
  ...all(
    'integer',
    `action_id activity_id category_uid class_uid count disposition_id duration sequence severity_id status_id
    timezone_offset type_id type_uid`,
  ),
  ...all('boolean', 'is_alert is_applied is_cleartext is_mfa is_new_logon is_remote'),
  ...all('timestamp', 'created_time end_time first_seen_time last_seen_time logged_time modified_time start_time time'),
  ...all('json', 'data unmapped'),
  ...lists('string', 'labels profiles types'),
  ...all('actor', 'actor'),
  ...all('api', 'api'),
  ...all('finding_info', 'finding_info'),
  ...all('managed_entity', 'entity entity_result'),
  ...all('metadata', 'metadata'),
  ...all('network_endpoint', 'dst_endpoint src_endpoint'),
  ...all('policy', 'policy'),
  ...all('product', 'app product'),
  ...all('request', 'request'),
  ...lists('resource_details', 'resources'),
  ...all('service', 'service'),
  ...all('user', 'user'),
};
