//! What a cart costs, and why: prices, promotions, delivery, tax and duty.
//!
//! [`quote`] is a pure function of [`Terms`] (what the shop has said), the [`Facts`] of each line's
//! offer and a [`Context`]. Edge and origin compile it, so both know the same price; nothing else of
//! the shop adds money up. Its rules are in the `README.md` of this crate, so that another program
//! can repeat them.
//!
//! - **Architecture Invariant:** amounts are whole minor units; no float, no clock, no I/O.
//! - **Architecture Invariant:** no input makes it panic. Terms and facts are data that may come from
//!   another process; what is too large is a [`QuoteError`].
//! - Every amount of a quote is the sum of its parts: allocations of an adjustment, tax of lines and
//!   delivery, shares of units.
//!
//! Not here: the files in which a merchant writes this (`souk-shop-folder`), how a quote is signed
//! and what is limited about promotions (the storefront and the origin).

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod amounts;
mod blob;
mod codes;
mod delivery;
mod facts;
mod option;
mod percent;
mod place;
mod places;
mod prior;
mod promotion;
mod quote;
mod series;
mod spread;
mod tax;
mod terms;
mod title;

pub use amounts::{Amount, Amounts};
pub use blob::BlobError;
pub use codes::CodeHash;
pub use delivery::{Days, DeliveryRate, Method, MethodKind, NoSuchPoint, PickupPoint, Zone};
pub use facts::{Facts, MarketPrices, OfSale, Price, PriceTag, Stamp};
pub use option::{Chosen, LineOption, OptionChoice, OptionKind};
pub use percent::{Percent, PercentError};
pub use place::{Area, Place};
pub use prior::{PRIOR_MS, PriceHistory, lowest};
pub use promotion::{Action, Class, Cut, Minimum, Promotion, Run, Step};
pub use quote::{
    Adjustment, Allocation, Context, DeliveryOption, GivenCode, Line, NotApplied, Quote,
    QuoteError, QuotedLine, Reason, Subject, Target, TaxPart, Taxes, UnitAmounts, place_stamp,
    quote, tax_rates,
};
pub use series::{SeriesKeys, series_code};
pub use spread::{share_of_units, spread};
pub use tax::TaxRate;
pub use terms::{DeliveryTax, Market, TaxMode, TaxRounding, Terms, TermsError};
pub use title::Title;
