//! Amounts that terms name for each currency.

use minicbor::decode::Error;
use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use souk_domain::{Currency, Money};

/// One amount for each of some currencies, such as a minimum of 50 USD or 45 EUR.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Amounts(#[n(0)] pub Vec<Amount>);

/// An amount in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Amount {
    /// Of this currency.
    #[cbor(n(0), with = "code")]
    pub currency: Currency,
    /// Minor units.
    #[n(1)]
    pub minor: i64,
}

impl Amounts {
    /// Minor units in this currency, 0 to [`Money::AMOUNT_MAX`]; `None` where none is named.
    pub fn of(&self, currency: Currency) -> Option<i64> {
        let mut amounts = self.0.iter();
        let found = amounts.find(|amount| amount.currency == currency)?;
        Some(found.minor.clamp(0, Money::AMOUNT_MAX))
    }

    /// Whether no currency has an amount.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A currency as the three letters of its code.
pub(crate) mod code {
    use super::{Currency, Decoder, Encoder, Error, Write};

    pub(crate) fn encode<C, W: Write>(
        currency: &Currency,
        out: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        out.str(currency.code())?.ok()
    }

    pub(crate) fn decode<C>(input: &mut Decoder<'_>, _: &mut C) -> Result<Currency, Error> {
        Currency::parse(input.str()?).map_err(|_| Error::message("a code of no currency"))
    }
}
