//! Rates of tax and of duty.

use minicbor::{Decode, Encode};

use crate::{Amounts, Area, Percent};

/// A rate of tax or of duty, and where it applies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct TaxRate {
    /// As invoices name it. Of several rates with one name the closest counts.
    #[n(0)]
    pub name: String,
    /// How much.
    #[n(1)]
    pub percent: Percent,
    /// Where.
    #[n(2)]
    pub area: Area,
    /// Place of the market in [`crate::Terms::markets`]; `None`: all of them.
    #[n(3)]
    pub market: Option<u16>,
    /// Place of the category in [`crate::Terms::categories`]; `None`: everything.
    #[n(4)]
    pub category: Option<u16>,
    /// Whether it is duty: added to what is left without tax, whatever the market does with tax.
    #[n(5)]
    pub is_duty: bool,
    /// Orders whose lines cost less are free of it.
    #[n(6)]
    pub free_below: Amounts,
}
