/** The objects of OCSF 1.8.0 that our events are made of. Deprecated names are left out, and so are a fault. */
import { type Definition, type ObjectName, words } from './definition.ts';
import { ENTITY_TYPE, USER_TYPE } from './enums.ts';

const NAMED = words('name uid');

export const OBJECTS: Readonly<Record<ObjectName, Definition>> = {
  actor: {
    allowed: words('app_name app_uid authorizations idp process session user'),
    atLeastOne: words('process user session app_name app_uid'),
  },
  api: { allowed: words('group operation request response service token version'), required: ['operation'] },
  finding_info: {
    allowed: words(
      `analytic attack_graph attacks created_time data_sources desc first_seen_time kill_chain last_seen_time
      modified_time product product_uid related_analytics related_events related_events_count src_url tags title
      traits types uid uid_alt`,
    ),
    required: ['uid'],
  },
  managed_entity: {
    allowed: words('data device email group location name org policy type type_id uid user version'),
    atLeastOne: words('name uid device group org policy user'),
    enums: { type_id: ENTITY_TYPE },
  },
  metadata: {
    allowed: words(
      `correlation_uid debug event_code extension extensions is_truncated labels log_format log_level log_name
      log_provider log_source log_version logged_time loggers modified_time original_event_uid original_time
      processed_time product profiles reporter sequence source tags tenant_uid total_queued_duration
      transformation_info_list transmit_time type uid untruncated_size version`,
    ),
    required: words('product version'),
  },
  network_endpoint: {
    allowed: words(
      `agent_list autonomous_system domain fingerprints hostname hw_info instance_uid interface_name interface_uid
      intermediate_ips ip isp isp_org location mac mac_vendor name network_scope network_scope_id os owner pool port
      proxy_endpoint subnet_uid svc_name type type_id uid vlan_uid vpc_uid zone`,
    ),
    atLeastOne: words('ip uid name hostname svc_name instance_uid interface_uid interface_name domain'),
  },
  policy: { allowed: words('data desc group is_applied name type uid version'), atLeastOne: words('name type uid') },
  product: {
    allowed: words('cpe_name feature lang name path uid url_string vendor_name version'),
    atLeastOne: NAMED,
  },
  request: { allowed: words('containers data flags uid'), required: ['uid'] },
  resource_details: {
    allowed: words(
      `agent_list criticality data group hostname ip is_backed_up labels name namespace owner resource_relationship
      role role_id type uid version`,
    ),
    atLeastOne: NAMED,
  },
  service: { allowed: words('labels name tags uid version'), atLeastOne: NAMED },
  user: {
    allowed: words(
      `account display_name domain email_addr forward_addr full_name groups has_mfa ldap_person name org phone_number
      programmatic_credentials risk_level risk_level_id risk_score type type_id uid uid_alt`,
    ),
    atLeastOne: words('account name uid'),
    enums: { type_id: USER_TYPE },
  },
};
