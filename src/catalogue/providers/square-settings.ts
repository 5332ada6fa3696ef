/** Square's calls that change something and move no money, by kind, service and method, with the names each takes. */
import { isKind } from '../../core/kinds.ts';
import type { Kind } from '../../core/kinds.ts';
import type { SquareUse } from './square-writes.ts';

type Methods = Readonly<Record<string, Readonly<Record<string, string>>>>;

const ATTRIBUTE = 'custom_attribute.key custom_attribute.value custom_attribute.version idempotency_key key';

const SETTINGS: Partial<Readonly<Record<Kind, Methods>>> = {
  customer_write: {
    cards: { disable: 'card_id' },
    customers: {
      delete: 'customer_id version',
      addGroupTo: 'customer_id group_id',
      removeGroupFrom: 'customer_id group_id',
    },
    customerGroups: {
      create: 'idempotency_key group.name',
      update: 'group_id group.name',
      delete: 'group_id',
    },
    customerCustomAttributes: { upsert: `customer_id ${ATTRIBUTE}`, delete: 'customer_id key' },
    giftCards: {
      linkCustomerTo: 'gift_card_id customer_id',
      unlinkCustomerFrom: 'gift_card_id customer_id',
    },
    loyalty: {
      createAccount:
        'idempotency_key loyalty_account.program_id loyalty_account.customer_id loyalty_account.mapping.phone_number',
    },
  },
  catalog_write: {
    catalog: {
      upsertObject:
        'idempotency_key object.type object.id object.version object.item_data.name object.item_data.description object.item_data.category_id object.category_data.name object.item_variation_data.item_id object.item_variation_data.name object.item_variation_data.sku object.item_variation_data.pricing_type object.item_variation_data.price_money.amount object.item_variation_data.price_money.currency',
      deleteObject: 'object_id',
      batchDeleteobjects: 'object_ids[*]',
      updateItemModifierLists: 'item_ids[*] modifier_lists_to_enable[*] modifier_lists_to_disable[*]',
      updateItemTaxes: 'item_ids[*] taxes_to_enable[*] taxes_to_disable[*]',
    },
  },
  config: {
    applePay: { registerDomain: 'domain_name' },
    bookingCustomAttributes: { upsert: `booking_id ${ATTRIBUTE}`, delete: 'booking_id key' },
    events: { enable: '', disable: '' },
    // A new card has no balance.
    giftCards: {
      create: 'idempotency_key location_id gift_card.type gift_card.gan_source gift_card.gan',
    },
    locationCustomAttributes: { upsert: `location_id ${ATTRIBUTE}`, delete: 'location_id key' },
    loyalty: { cancelPromotion: 'promotion_id program_id' },
    merchantCustomAttributes: { upsert: `merchant_id ${ATTRIBUTE}`, delete: 'merchant_id key' },
    orderCustomAttributes: { delete: 'order_id custom_attribute_key' },
    webhookSubscriptions: {
      update:
        'subscription_id subscription.name subscription.enabled subscription.event_types[*] subscription.notification_url subscription.api_version',
      delete: 'subscription_id',
      test: 'subscription_id event_type',
    },
  },
  dispute: {
    disputes: {
      createEvidenceText: 'dispute_id idempotency_key evidence_type evidence_text',
      deleteEvidence: 'dispute_id evidence_id',
      submitEvidence: 'dispute_id',
    },
  },
  subscription: {
    subscriptions: { deleteAction: 'subscription_id action_id' },
  },
  void: {
    terminal: {
      cancelAction: 'action_id',
      dismissAction: 'action_id',
      dismissCheckout: 'checkout_id',
      cancelRefund: 'terminal_refund_id',
      dismissRefund: 'terminal_refund_id',
    },
  },
};

function usesOf(kind: Kind, services: Methods): SquareUse[] {
  return Object.entries(services).flatMap(([service, methods]) =>
    Object.entries(methods).map(([method, takes]): SquareUse => ({ service, method, takes, kind })),
  );
}

export const squareSettings: readonly SquareUse[] = Object.entries(SETTINGS).flatMap(([kind, services]) =>
  isKind(kind) ? usesOf(kind, services) : [],
);
