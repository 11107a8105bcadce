//! The shop's vocabulary and its rules, as plain values and pure functions.
//!
//! **Architecture Invariant:** nothing here reads a clock, draws a random number, is `async`,
//! or knows a serialisation format, HTTP or a platform. Preconditions live in the types: a
//! [`Sku`], a [`Quantity`] or a [`Money`] that exists is valid.
//!
//! Not here: shapes on the wire (`souk-protocol`), how a decision is made durable
//! (`souk-order-store` and the drivers in `functions/`).

mod action;
pub mod countries;
mod dates;
mod edit;
mod life;
mod limits;
mod locale;
mod mail;
mod money;
mod names;
mod nfc;
mod order;
mod repair;
mod sale;
mod stock;
mod tallies;

pub use action::{
    ActionKind, Destination, Illegal, IllegalProblem, OrderAction, OrderEdit, OrderEvent,
    ReturnedUnits, Shelf,
};
pub use dates::days_since_1970;
pub use life::{decide, legal};
pub use limits::{Allowance, Bound, Exceeded, Limit, OrderLimits, Purpose, share};
pub use locale::{LanguageCode, LanguageCodeError, Locale, MARKET_PATH_BYTES_MAX, TAKEN_SEGMENTS};
pub use mail::{MailKind, mails_of_placing};
pub use money::{Currency, CurrencyError, Money, MoneyError};
pub use names::{NameError, OrderId, Sku, Slug, canonical_name};
pub use order::{
    Funds, LINES_MAX, LineState, OrderState, OrderStatus, PaymentId, PaymentMethod, Refusal,
    RequestedLine, check_prices, decide_lines, find_offers,
};
pub use repair::{Recount, Repair, Short};
pub use sale::{
    SALE_ID_BYTES_MAX, SALE_ITEMS_MAX, SALE_SKU_PREFIX, is_sale_id, merchant_sku, sale_sku,
    split_sale_sku,
};
pub use stock::{Movement, Offer, QUANTITY_MAX, Quantity, QuantityError, StockLevel};
pub use tallies::{TALLIED_WORDS_MAX, may_be_slug, may_be_tallied};
