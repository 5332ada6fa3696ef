/** The profiles of OCSF 1.8.0 that our events use. Each fits every class, since the base event has it. */
import { type Definition, words } from './definition.ts';
import { ACTION, DISPOSITION } from './enums.ts';

export const PROFILES: Readonly<Record<string, Definition>> = {
  host: { allowed: words('actor device') },
  security_control: {
    allowed: words(
      `action action_id attacks authorizations confidence confidence_id confidence_score disposition disposition_id
      firewall_rule is_alert malware malware_scan_info policy risk_details risk_level risk_level_id risk_score`,
    ),
    enums: { action_id: ACTION, disposition_id: DISPOSITION },
  },
};
