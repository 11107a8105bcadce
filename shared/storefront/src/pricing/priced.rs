//! A cart with its price: by which version, at which moment, and why there is none.

use std::rc::Rc;

use souk_domain::{Limit, Money, Quantity};
use souk_ports::Edge;
use souk_pricing::{NoSuchPoint, Place, Quote, QuoteError};
use souk_protocol::options::GivenOptions;
use souk_protocol::origin::{PromotionLeftOut, SubmitReply};
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::quotes;

use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::http::shop::{Failure, Shop};
use crate::http::signing::Signer;
use crate::orders::{problems, rfc3339};
use crate::pricing::checks::PICKUP_POINT;
use crate::pricing::{Inputs, InputsLine, ShopTerms, SignedQuote};

/// What a client wants to know the price of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Id of the market; `None`: the first one.
    pub(crate) market: Option<String>,
    /// What is bought.
    pub(crate) lines: Vec<WantedLine>,
    /// The codes that the buyer has given, in that order.
    pub(crate) codes: Vec<String>,
    /// Where the parcel goes, in the form of its country.
    pub(crate) place: Option<Place>,
    /// Id of the way of delivery.
    pub(crate) delivery: Option<String>,
    /// Id of the point where the buyer collects.
    pub(crate) pickup_point: Option<String>,
    /// Promotions that an order was told cannot be used.
    pub(crate) without: Vec<PromotionLeftOut>,
}

/// A line of [`Wanted`].
#[derive(Debug, Clone)]
pub(crate) struct WantedLine {
    pub(crate) sku: String,
    pub(crate) quantity: Quantity,
    /// What the buyer says of its options.
    pub(crate) options: GivenOptions,
}

impl Wanted {
    /// Leaves a promotion out that cannot be used.
    pub(crate) fn leave_out(&mut self, one: PromotionLeftOut) {
        self.without
            .retain(|known| known.promotion != one.promotion);
        self.without.push(one);
    }
}

/// A cart with its price.
#[derive(Debug)]
pub(crate) struct Priced {
    /// Number of the version.
    pub(crate) version: u64,
    /// What the version says about prices.
    pub(crate) terms: Rc<ShopTerms>,
    /// The cart.
    pub(crate) inputs: Inputs,
    /// The moment whose prices count, in milliseconds since 1970.
    pub(crate) at_ms: i64,
    /// What the cart costs.
    pub(crate) quote: Quote,
}

/// Why a cart has no price.
#[derive(Debug)]
pub(crate) enum Unpriced {
    /// The catalogue could not be read.
    Unread(ReadError),
    /// No product of the version has the SKU of the line at this place.
    UnknownSku(usize, String),
    /// Something is wrong with options of the line at this place.
    Options(usize, Vec<FieldError>),
    /// It is not said where the buyer collects, or of a delivery without such a point.
    Point(NoSuchPoint),
    /// The engine says why.
    Refused(QuoteError, Inputs),
}

impl From<ReadError> for Unpriced {
    fn from(error: ReadError) -> Self {
        Unpriced::Unread(error)
    }
}

impl From<Unpriced> for Failure {
    fn from(unpriced: Unpriced) -> Self {
        match unpriced {
            Unpriced::Unread(error) => error.into(),
            Unpriced::UnknownSku(place, sku) => {
                let detail = format!("the shop does not sell '{sku}'");
                no_such_line(place, &sku, detail).into()
            }
            Unpriced::Options(place, errors) => wrong_options(place, errors).into(),
            Unpriced::Point(error) => Problem {
                errors: vec![FieldError {
                    pointer: PICKUP_POINT.to_owned(),
                    detail: error.to_string(),
                }],
                ..Problem::new(ProblemKind::InvalidRequest)
            }
            .into(),
            Unpriced::Refused(error, inputs) => refused(error, &inputs).into(),
        }
    }
}

impl<E: Edge> Reader<'_, E> {
    /// What a cart costs by the version at a moment, in milliseconds since 1970.
    ///
    /// # Errors
    /// When the catalogue cannot be read, or the cart has no price there and then.
    pub(crate) async fn price(&self, wanted: Wanted, at_ms: i64) -> Result<Priced, Unpriced> {
        let terms = self.terms().await?;
        let market = wanted.market;
        let market = market.unwrap_or_else(|| terms.first_market().id.clone());
        let skus: Vec<&str> = wanted.lines.iter().map(|line| line.sku.as_str()).collect();
        let offers = self.facts_of_skus(&terms, &skus).await?;
        let mut lines = Vec::with_capacity(wanted.lines.len());
        for (place, (line, offer)) in wanted.lines.iter().zip(offers).enumerate() {
            let offer = offer.ok_or_else(|| Unpriced::UnknownSku(place, line.sku.clone()))?;
            let options = terms.choose(&market, &offer.facts, &line.options);
            lines.push(InputsLine {
                offer,
                quantity: line.quantity,
                options: options.map_err(|errors| Unpriced::Options(place, errors))?,
                given: line.options.clone(),
            });
        }
        let inputs = Inputs {
            market,
            lines,
            codes: wanted.codes,
            place: wanted.place,
            delivery: wanted.delivery,
            pickup_point: wanted.pickup_point,
            without: wanted.without,
        };
        let priced = self.priced(&terms, inputs, at_ms)?;
        // A quote may be asked for before a point is chosen.
        if priced.inputs.pickup_point.is_some() {
            priced.check_point()?;
        }
        Ok(priced)
    }

    /// The same of a cart whose facts are known.
    ///
    /// # Errors
    /// When the cart has no price there and then.
    pub(crate) fn priced(
        &self,
        terms: &Rc<ShopTerms>,
        inputs: Inputs,
        at_ms: i64,
    ) -> Result<Priced, Unpriced> {
        match inputs.price(terms, at_ms) {
            Ok(quote) => Ok(Priced {
                version: self.version.number,
                terms: terms.clone(),
                inputs,
                at_ms,
                quote,
            }),
            Err(error) => Err(Unpriced::Refused(error, inputs)),
        }
    }
}

impl Priced {
    /// Checks where the buyer collects.
    ///
    /// # Errors
    /// When the delivery has points and none of them is named, or has none and one is named.
    pub(crate) fn check_point(&self) -> Result<(), Unpriced> {
        let checked = self.inputs.check_point(&self.terms.terms);
        checked.map_err(Unpriced::Point)
    }

    /// What the signed text says of it.
    pub(crate) fn named(&self) -> SignedQuote {
        SignedQuote {
            version: self.version,
            at_ms: self.at_ms,
            total: self.quote.total,
            content: self.inputs.hash(),
            without: self.inputs.without.clone(),
        }
    }

    /// As the API has it, with titles in a language, without what the shop signs.
    pub(crate) fn answer(&self, language: &str) -> quotes::Quote {
        self.inputs.answer(&self.terms, &self.quote, language)
    }
}

impl<E: Edge> Shop<'_, E> {
    fn quote_signer(&self) -> Signer {
        Signer::new(&self.settings.session_secrets, "souk 2026 quote")
    }

    /// What the text of a quote says; `None` for one that the shop has not signed.
    pub(crate) fn open_quote(&self, text: &str) -> Option<SignedQuote> {
        SignedQuote::open(text, &self.quote_signer())
    }

    /// The text that names a price.
    pub(crate) fn sign_quote(&self, priced: &Priced) -> String {
        priced.named().sign(&self.quote_signer())
    }

    /// A price as the API has it, with titles in a language and the text that names it.
    pub(crate) fn quote_json(&self, priced: &Priced, language: &str) -> quotes::Quote {
        let expires_ms = priced.at_ms.saturating_add(self.settings.freeze_ms);
        quotes::Quote {
            quote: Some(self.sign_quote(priced)),
            expires_at: Some(rfc3339(expires_ms)),
            ..priced.answer(language)
        }
    }
}

fn no_such_line(place: usize, sku: &str, detail: String) -> Problem {
    let mut problem = problems::refusal(SubmitReply::UnknownSku {
        sku: sku.to_owned(),
    });
    problem.detail = Some(detail.clone());
    problem.errors.push(FieldError {
        pointer: format!("/lines/{place}/sku"),
        detail,
    });
    problem
}

/// The problem that names what is wrong with the options of a line.
fn wrong_options(place: usize, errors: Vec<FieldError>) -> Problem {
    let errors = errors.into_iter().map(|error| FieldError {
        pointer: format!(
            "/lines/{place}/options/{}",
            error.pointer.replace('~', "~0").replace('/', "~1")
        ),
        detail: error.detail,
    });
    Problem {
        errors: errors.collect(),
        ..Problem::new(ProblemKind::InvalidRequest)
    }
}

/// The problem that says why a cart has no price.
fn refused(error: QuoteError, inputs: &Inputs) -> Problem {
    let at = |mut problem: Problem, pointer: &str| {
        problem.errors.push(FieldError {
            pointer: pointer.to_owned(),
            detail: error.to_string(),
        });
        problem
    };
    match error {
        QuoteError::UnknownMarket => at(Problem::new(ProblemKind::InvalidRequest), "/market"),
        QuoteError::Options(place) => at(
            Problem::new(ProblemKind::InvalidRequest),
            &format!("/lines/{place}/options"),
        ),
        QuoteError::TooManyLines => at(Problem::new(ProblemKind::InvalidRequest), "/lines"),
        QuoteError::NotSold(place) => {
            let line = inputs.lines.get(place);
            let sku = line.map_or("", |line| line.offer.facts.sku.as_str());
            let market = &inputs.market;
            let detail = format!("'{sku}' is not sold in the market '{market}' now");
            no_such_line(place, sku, detail)
        }
        QuoteError::DeliveryUnavailable => at(
            problems::refusal(SubmitReply::DeliveryUnavailable),
            "/delivery",
        ),
        QuoteError::TooLarge => problems::refusal(SubmitReply::LimitExceeded {
            limit: Limit::OrderTotal.name().to_owned(),
            allowed: Money::AMOUNT_MAX,
            sku: None,
        }),
    }
}
