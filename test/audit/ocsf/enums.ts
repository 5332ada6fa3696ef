/** Ids of OCSF 1.8.0 with their captions. */
import type { Enum } from './definition.ts';

const UNSURE = { 0: 'Unknown', 99: 'Other' } as const;

export const SEVERITY: Enum = {
  ...UNSURE,
  1: 'Informational',
  2: 'Low',
  3: 'Medium',
  4: 'High',
  5: 'Critical',
  6: 'Fatal',
};

export const STATUS: Enum = { ...UNSURE, 1: 'Success', 2: 'Failure' };

export const FINDING_STATUS: Enum = {
  ...UNSURE,
  1: 'New',
  2: 'In Progress',
  3: 'Suppressed',
  4: 'Resolved',
  5: 'Archived',
  6: 'Deleted',
};

export const ACTION: Enum = { ...UNSURE, 1: 'Allowed', 2: 'Denied', 3: 'Observed', 4: 'Modified' };

export const DISPOSITION: Enum = {
  ...UNSURE,
  1: 'Allowed',
  2: 'Blocked',
  3: 'Quarantined',
  4: 'Isolated',
  5: 'Deleted',
  6: 'Dropped',
  7: 'Custom Action',
  8: 'Approved',
  9: 'Restored',
  10: 'Exonerated',
  11: 'Corrected',
  12: 'Partially Corrected',
  13: 'Uncorrected',
  14: 'Delayed',
  15: 'Detected',
  16: 'No Action',
  17: 'Logged',
  18: 'Tagged',
  19: 'Alert',
  20: 'Count',
  21: 'Reset',
  22: 'Captcha',
  23: 'Challenge',
  24: 'Access Revoked',
  25: 'Rejected',
  26: 'Unauthorized',
  27: 'Error',
};

export const API_ACTIVITY: Enum = { ...UNSURE, 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' };

export const LIFECYCLE_ACTIVITY: Enum = {
  ...UNSURE,
  1: 'Install',
  2: 'Remove',
  3: 'Start',
  4: 'Stop',
  5: 'Restart',
  6: 'Enable',
  7: 'Disable',
  8: 'Update',
};

export const AUTHENTICATION_ACTIVITY: Enum = {
  ...UNSURE,
  1: 'Logon',
  2: 'Logoff',
  3: 'Authentication Ticket',
  4: 'Service Ticket Request',
  5: 'Service Ticket Renew',
  6: 'Preauth',
  7: 'Account Switch',
};

export const ENTITY_ACTIVITY: Enum = {
  ...UNSURE,
  1: 'Create',
  2: 'Read',
  3: 'Update',
  4: 'Delete',
  5: 'Move',
  6: 'Enroll',
  7: 'Unenroll',
  8: 'Enable',
  9: 'Disable',
  10: 'Activate',
  11: 'Deactivate',
  12: 'Suspend',
  13: 'Resume',
};

export const FINDING_ACTIVITY: Enum = { ...UNSURE, 1: 'Create', 2: 'Update', 3: 'Close' };

export const USER_TYPE: Enum = { ...UNSURE, 1: 'User', 2: 'Admin', 3: 'System', 4: 'Service' };

export const ENTITY_TYPE: Enum = {
  ...UNSURE,
  1: 'Device',
  2: 'User',
  3: 'Group',
  4: 'Organization',
  5: 'Policy',
  6: 'Email',
  7: 'Network Zone',
};

/** An id with the attribute that may say it in words. */
export const SIBLINGS: Readonly<Record<string, string>> = {
  activity_id: 'activity_name',
  severity_id: 'severity',
  status_id: 'status',
  action_id: 'action',
  disposition_id: 'disposition',
  type_id: 'type',
};
