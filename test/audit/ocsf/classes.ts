/** The classes of OCSF 1.8.0 that our events belong to, and what every class has. */
import { type ClassDefinition, type Definition, words } from './definition.ts';
import {
  API_ACTIVITY,
  AUTHENTICATION_ACTIVITY,
  ENTITY_ACTIVITY,
  FINDING_ACTIVITY,
  FINDING_STATUS,
  LIFECYCLE_ACTIVITY,
  SEVERITY,
  STATUS,
} from './enums.ts';

export const BASE: Definition = {
  allowed: words(
    `activity_id activity_name category_name category_uid class_name class_uid count duration end_time enrichments
    message metadata observables raw_data raw_data_hash raw_data_size severity severity_id start_time status
    status_code status_detail status_id time timezone_offset type_name type_uid unmapped`,
  ),
  required: words('activity_id category_uid class_uid metadata severity_id time type_uid'),
  enums: { severity_id: SEVERITY, status_id: STATUS },
};

const OF_IAM = words('actor http_request http_response src_endpoint');
const IAM = { category: 3, categoryCaption: 'Identity & Access Management' };
const APPLICATION = { category: 6, categoryCaption: 'Application Activity' };

export const CLASSES: Readonly<Record<number, ClassDefinition>> = {
  2004: {
    caption: 'Detection Finding',
    category: 2,
    categoryCaption: 'Findings',
    allowed: words(
      `anomaly_analyses comment confidence confidence_id confidence_score device evidences finding_info impact
      impact_id impact_score is_alert malware malware_scan_info remediation resources risk_details risk_level
      risk_level_id risk_score vendor_attributes vulnerabilities`,
    ),
    required: ['finding_info'],
    enums: { activity_id: FINDING_ACTIVITY, status_id: FINDING_STATUS },
  },
  3002: {
    caption: 'Authentication',
    ...IAM,
    allowed: [
      ...OF_IAM,
      ...words(
        `account_switch_type account_switch_type_id auth_factors auth_protocol auth_protocol_id authentication_token
        certificate dst_endpoint is_cleartext is_mfa is_new_logon is_remote logon_process logon_type logon_type_id
        service session user`,
      ),
    ],
    required: ['user'],
    atLeastOne: words('service dst_endpoint'),
    enums: { activity_id: AUTHENTICATION_ACTIVITY },
  },
  3004: {
    caption: 'Entity Management',
    ...IAM,
    allowed: [...OF_IAM, ...words('access_list access_mask comment entity entity_result')],
    required: ['entity'],
    enums: { activity_id: ENTITY_ACTIVITY },
  },
  6002: {
    caption: 'Application Lifecycle',
    ...APPLICATION,
    allowed: ['app'],
    required: ['app'],
    enums: { activity_id: LIFECYCLE_ACTIVITY },
  },
  6003: {
    caption: 'API Activity',
    ...APPLICATION,
    allowed: words('actor api dst_endpoint http_request http_response resources src_endpoint'),
    required: words('actor api src_endpoint'),
    enums: { activity_id: API_ACTIVITY },
  },
};
