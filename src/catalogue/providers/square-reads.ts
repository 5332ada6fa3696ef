/**
 * Square's look-ups: service, method and the argument names each takes. A look-up is listed by its name, never by a
 * pattern, because the server calls its refund `refunds.payment` and says of it that it is not a write.
 */
export const squareReads: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  bankAccounts: {
    list: 'cursor limit location_id',
    getByV1Id: 'v1_bank_account_id',
    get: 'bank_account_id',
  },
  bookingCustomAttributes: {
    listDefinitions: 'limit cursor',
    getDefinition: 'key version',
    list: 'booking_id limit cursor with_definitions',
    get: 'booking_id key with_definition version',
  },
  bookings: {
    list: 'limit cursor customer_id team_member_id location_id start_at_min start_at_max',
    searchAvailability:
      'query.filter.start_at_range.start_at query.filter.start_at_range.end_at query.filter.location_id query.filter.segment_filters[*].service_variation_id query.filter.segment_filters[*].team_member_id_filter.all[*] query.filter.segment_filters[*].team_member_id_filter.any[*] query.filter.segment_filters[*].team_member_id_filter.none[*] query.filter.booking_id',
    bulkGet: 'booking_ids[*]',
    getBusinessProfile: '',
    listLocationProfiles: 'limit cursor',
    getLocationProfile: 'location_id',
    listTeamMemberProfiles: 'bookable_only limit cursor location_id',
    bulkGetteamMemberProfiles: 'team_member_ids[*]',
    getTeamMemberProfile: 'team_member_id',
    get: 'booking_id',
  },
  cards: {
    list: 'cursor customer_id include_disabled reference_id sort_order',
    get: 'card_id',
  },
  cashDrawers: {
    listHifts: 'location_id sort_order begin_time end_time limit cursor',
    getHift: 'shift_id location_id',
    listHiftEvents: 'shift_id location_id limit cursor',
  },
  catalog: {
    batchGetobjects:
      'object_ids[*] include_related_objects catalog_version include_deleted_objects include_category_path_to_root',
    info: '',
    list: 'cursor types catalog_version',
    getObject: 'object_id include_related_objects catalog_version include_category_path_to_root',
    searchObjects:
      'cursor object_types[*] include_deleted_objects include_related_objects begin_time query.sorted_attribute_query.attribute_name query.sorted_attribute_query.initial_attribute_value query.sorted_attribute_query.sort_order query.exact_query.attribute_name query.exact_query.attribute_value query.set_query.attribute_name query.set_query.attribute_values[*] query.prefix_query.attribute_name query.prefix_query.attribute_prefix query.range_query.attribute_name query.range_query.attribute_min_value query.range_query.attribute_max_value query.text_query.keywords[*] query.items_for_tax_query.tax_ids[*] query.items_for_modifier_list_query.modifier_list_ids[*] query.items_for_item_options_query.item_option_ids[*] query.item_variations_for_item_option_values_query.item_option_value_ids[*] limit include_category_path_to_root',
    searchItems:
      'text_filter category_ids[*] stock_levels[*] enabled_location_ids[*] cursor limit sort_order product_types[*] custom_attribute_filters[*].custom_attribute_definition_id custom_attribute_filters[*].key custom_attribute_filters[*].string_filter custom_attribute_filters[*].number_filter.min custom_attribute_filters[*].number_filter.max custom_attribute_filters[*].selection_uids_filter[*] custom_attribute_filters[*].bool_filter archived_state',
  },
  checkout: {
    getLocationSettings: 'location_id',
    getMerchantSettings: '',
    listPaymentLinks: 'cursor limit',
    getPaymentLink: 'id',
  },
  customerCustomAttributes: {
    listDefinitions: 'limit cursor',
    getDefinition: 'key version',
    list: 'customer_id limit cursor with_definitions',
    get: 'customer_id key with_definition version',
  },
  customerGroups: {
    list: 'cursor limit',
    get: 'group_id',
  },
  customerSegments: {
    list: 'cursor limit',
    get: 'segment_id',
  },
  customers: {
    list: 'cursor limit sort_field sort_order count',
    bulkGet: 'customer_ids[*]',
    search:
      'cursor limit query.filter.creation_source.values[*] query.filter.creation_source.rule query.filter.created_at.start_at query.filter.created_at.end_at query.filter.updated_at.start_at query.filter.updated_at.end_at query.filter.email_address.exact query.filter.email_address.fuzzy query.filter.phone_number.exact query.filter.phone_number.fuzzy query.filter.reference_id.exact query.filter.reference_id.fuzzy query.filter.group_ids.all[*] query.filter.group_ids.any[*] query.filter.group_ids.none[*] query.filter.segment_ids.all[*] query.filter.segment_ids.any[*] query.filter.segment_ids.none[*] query.sort.field query.sort.order count',
    get: 'customer_id',
  },
  devices: {
    list: 'cursor sort_order limit location_id',
    get: 'device_id',
  },
  disputes: {
    list: 'cursor states location_id',
    get: 'dispute_id',
    listEvidence: 'dispute_id cursor',
    getEvidence: 'dispute_id evidence_id',
  },
  events: {
    search:
      'cursor limit query.filter.event_types[*] query.filter.merchant_ids[*] query.filter.location_ids[*] query.filter.created_at.start_at query.filter.created_at.end_at query.sort.field query.sort.order',
    listTypes: 'api_version',
  },
  giftCardActivities: {
    list: 'gift_card_id type location_id begin_time end_time limit cursor sort_order',
  },
  giftCards: {
    list: 'type state limit cursor customer_id',
    getFromGAN: 'gan',
    getFromNonce: 'nonce',
    get: 'id',
  },
  inventory: {
    getAdjustment: 'adjustment_id',
    batchGetchanges:
      'catalog_object_ids[*] location_ids[*] types[*] states[*] updated_after updated_before cursor limit',
    batchGetcounts: 'catalog_object_ids[*] location_ids[*] updated_after cursor states[*] limit',
    getPhysicalCount: 'physical_count_id',
    getTransfer: 'transfer_id',
    getCount: 'catalog_object_id location_ids cursor',
  },
  invoices: {
    list: 'location_id cursor limit',
    search: 'query.filter.location_ids[*] query.filter.customer_ids[*] query.sort.field query.sort.order limit cursor',
    get: 'invoice_id',
  },
  labor: {
    listBreakTypes: 'location_id limit cursor',
    getBreakType: 'id',
    searchShifts:
      'query.filter.location_ids[*] query.filter.employee_ids[*] query.filter.status query.filter.start.start_at query.filter.start.end_at query.filter.end.start_at query.filter.end.end_at query.filter.workday.date_range.start_date query.filter.workday.date_range.end_date query.filter.workday.match_shifts_by query.filter.workday.default_timezone query.filter.team_member_ids[*] query.sort.field query.sort.order limit cursor',
    getShift: 'id',
    listTeamMemberWages: 'team_member_id limit cursor',
    getTeamMemberWage: 'id',
    listWorkweekConfigs: 'limit cursor',
  },
  locationCustomAttributes: {
    listDefinitions: 'visibility_filter limit cursor',
    getDefinition: 'key version',
    list: 'location_id visibility_filter limit cursor with_definitions',
    get: 'location_id key with_definition version',
  },
  locations: {
    list: '',
    get: 'location_id',
  },
  loyalty: {
    searchAccounts: 'query.mappings[*].phone_number query.customer_ids[*] limit cursor',
    getAccount: 'account_id',
    searchEvents:
      'query.filter.loyalty_account_filter.loyalty_account_id query.filter.type_filter.types[*] query.filter.date_time_filter.created_at.start_at query.filter.date_time_filter.created_at.end_at query.filter.location_filter.location_ids[*] query.filter.order_filter.order_id limit cursor',
    getProgram: 'program_id',
    calculatePoints:
      'order_id transaction_amount_money.amount transaction_amount_money.currency loyalty_account_id program_id',
    listPromotions: 'program_id status cursor limit',
    getPromotion: 'promotion_id program_id',
    searchRewards: 'query.loyalty_account_id query.status limit cursor',
    getReward: 'reward_id',
  },
  merchantCustomAttributes: {
    listDefinitions: 'visibility_filter limit cursor',
    getDefinition: 'key version',
    list: 'merchant_id visibility_filter limit cursor with_definitions',
    get: 'merchant_id key with_definition version',
  },
  merchants: {
    list: 'cursor',
    get: 'merchant_id',
  },
  oAuth: {
    getTokenStatus: '',
  },
  orderCustomAttributes: {
    listDefinitions: 'visibility_filter cursor limit',
    getDefinition: 'key version',
    list: 'order_id visibility_filter cursor limit with_definitions',
    get: 'order_id custom_attribute_key version with_definition',
  },
  orders: {
    batchGet: 'location_id order_ids[*]',
    search:
      'location_ids[*] cursor query.filter.state_filter.states[*] query.filter.date_time_filter.created_at.start_at query.filter.date_time_filter.created_at.end_at query.filter.date_time_filter.updated_at.start_at query.filter.date_time_filter.updated_at.end_at query.filter.date_time_filter.closed_at.start_at query.filter.date_time_filter.closed_at.end_at query.filter.fulfillment_filter.fulfillment_types[*] query.filter.fulfillment_filter.fulfillment_states[*] query.filter.source_filter.source_names[*] query.filter.customer_filter.customer_ids[*] query.sort.sort_field query.sort.sort_order limit return_entries',
    get: 'order_id',
  },
  payments: {
    list: 'begin_time end_time sort_order cursor location_id total last_4 card_brand limit is_offline_payment offline_begin_time offline_end_time updated_at_begin_time updated_at_end_time sort_field',
    get: 'payment_id',
  },
  payouts: {
    list: 'location_id status begin_time end_time sort_order cursor limit',
    get: 'payout_id',
    listEntries: 'payout_id sort_order cursor limit',
  },
  refunds: {
    listPayment:
      'begin_time end_time sort_order cursor location_id status source_type limit updated_at_begin_time updated_at_end_time sort_field',
    getPayment: 'refund_id',
  },
  sites: {
    list: '',
  },
  snippets: {
    get: 'site_id',
  },
  subscriptions: {
    search:
      'cursor limit query.filter.customer_ids[*] query.filter.location_ids[*] query.filter.source_names[*] include[*]',
    get: 'subscription_id include',
    listEvents: 'subscription_id cursor limit',
  },
  team: {
    listJobs: 'cursor',
    getJob: 'job_id',
    searchMembers: 'query.filter.location_ids[*] query.filter.status query.filter.is_owner limit cursor',
    getMember: 'team_member_id',
    getWageSetting: 'team_member_id',
  },
  terminal: {
    searchActions:
      'query.filter.device_id query.filter.created_at.start_at query.filter.created_at.end_at query.filter.status query.filter.type query.sort.sort_order cursor limit',
    getAction: 'action_id',
    searchCheckouts:
      'query.filter.device_id query.filter.created_at.start_at query.filter.created_at.end_at query.filter.status query.sort.sort_order cursor limit',
    getCheckout: 'checkout_id',
    searchRefunds:
      'query.filter.device_id query.filter.created_at.start_at query.filter.created_at.end_at query.filter.status query.sort.sort_order cursor limit',
    getRefund: 'terminal_refund_id',
  },
  vendors: {
    bulkGet: 'vendor_ids[*]',
    search: 'filter.name[*] filter.status[*] sort.field sort.order cursor',
    get: 'vendor_id',
  },
  webhookSubscriptions: {
    listWebhookEventTypes: 'api_version',
  },
};
