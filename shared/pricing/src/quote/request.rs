//! What is asked of a quote.

use souk_domain::Quantity;

use super::answer::Reason;
use crate::{Chosen, Facts, Place, SeriesKeys, Terms};

/// A line of a cart.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// What is known of the offer.
    pub facts: &'a Facts,
    /// How many units.
    pub quantity: Quantity,
    /// The options that the buyer has chosen for all of them.
    pub options: &'a Chosen,
}

/// For whom, where and when a cart is priced.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The moment whose prices and promotions count, in milliseconds since 1970.
    pub at_ms: i64,
    /// Id of the market.
    pub market: &'a str,
    /// Where the parcel goes. Without it the first country that the market names is meant, if it names
    /// one.
    pub place: Option<&'a Place>,
    /// The codes that the buyer has given, in that order.
    pub codes: &'a [GivenCode<'a>],
    /// Id of the method of delivery that the buyer has chosen.
    pub delivery: Option<&'a str>,
    /// The tier of a member; `None` for a guest.
    pub tier: Option<&'a str>,
    /// Promotions by id that the caller knows to be used up, used already or revoked.
    pub refused: &'a [(&'a str, Reason)],
}

/// A code as the buyer has typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenCode<'a> {
    /// The text.
    pub text: &'a str,
    /// Id of the promotion in whose series it is, as [`crate::SeriesKeys`] says.
    pub series_of: Option<&'a str>,
}

impl<'a> GivenCode<'a> {
    /// A code that is of no series.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            series_of: None,
        }
    }

    /// A code that may be of a series.
    pub fn known(text: &'a str, terms: &'a Terms, keys: &SeriesKeys) -> Self {
        let series = keys.find(text, terms);
        Self {
            text,
            series_of: series.map(|promotion| promotion.id.as_str()),
        }
    }
}
