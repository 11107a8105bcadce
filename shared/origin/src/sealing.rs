//! Personal fields: sealed before they are stored, opened for callers that may read them.

use souk_protocol::history;
use souk_protocol::life::OrderRecord;
use souk_protocol::public::{Address, Customer};
use souk_protocol::trade::{OrderDetails, StoredOrder, SubmitOrder, SubmitReply};
use souk_vault::{OpenedDetails, Vault, VaultError, open_details, seal_details};

use crate::{NewOrder, OrderStore, StoreError, Terms};

/// Places an order whose personal fields the store sees only sealed. The reply to an order that is new
/// comes without them: the caller has just sent them.
///
/// # Errors
/// Those of the store, and [`StoreError::Corrupt`] when an order that exists does not open.
pub(crate) async fn submit<S: OrderStore>(
    store: &S,
    vault: &Vault,
    mut submit: SubmitOrder,
    terms: &Terms,
    now_ms: i64,
) -> Result<SubmitReply, StoreError> {
    submit.details = seal_details(vault, &submit.id, &submit.details);
    let submit = &submit;
    let new = NewOrder {
        submit,
        now_ms,
        terms,
    };
    let mut reply = store.submit(new).await?;
    match &mut reply {
        SubmitReply::Accepted { order, .. } => order.details = without_personal(&order.details),
        SubmitReply::Exists { order } => {
            opened(vault, order)?;
        }
        SubmitReply::ExistsWithDifferentContent
        | SubmitReply::UnknownSku { .. }
        | SubmitReply::PriceChanged { .. }
        | SubmitReply::SoldOut { .. } => {}
    }
    Ok(reply)
}

fn without_personal(details: &OrderDetails) -> OrderDetails {
    OrderDetails {
        sealed: None,
        customer: Customer::default(),
        shipping_address: Address::default(),
        delivery: details.delivery,
        payment: details.payment,
        note: None,
    }
}

/// Opens a record. What was stored open or under an old key is sealed again in the store, so that
/// only orders that were not read since still need an old key.
///
/// # Errors
/// [`StoreError::Corrupt`] when it does not open.
pub(crate) async fn open_record<S: OrderStore>(
    store: &S,
    vault: &Vault,
    record: &mut OrderRecord,
    log: &dyn Fn(&str),
) -> Result<(), StoreError> {
    if opened(vault, &mut record.order)? == OpenedDetails::Stale {
        let mut placed = record.order.clone();
        placed.status = history::status(history::placed_state(&placed).status);
        placed.details = seal_details(vault, &placed.id, &placed.details);
        // The next reader tries again.
        if let Err(error) = store.reseal(&placed).await {
            log(&format!("order {} is not sealed anew: {error}", placed.id));
        }
    }
    Ok(())
}

fn opened(vault: &Vault, order: &mut StoredOrder) -> Result<OpenedDetails, StoreError> {
    open_details(vault, &order.id, &mut order.details).map_err(|error| match error {
        VaultError::Keys(_) | VaultError::UnknownKey(_) | VaultError::Damaged => {
            StoreError::Corrupt(format!("order {}: {error}", order.id))
        }
    })
}
