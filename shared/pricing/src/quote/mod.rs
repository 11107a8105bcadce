//! A quote: what a cart costs for a buyer, at a place and a moment.
//!
//! - `request` and `answer`: its shapes; `cart`: lines with their prices, and what is left of them;
//! - `bits`: sets of lines and of promotions;
//! - `eligible`: the promotions that would take something off, `taken`: how much, `combine`: which of
//!   them are used; `delivery` and `taxes`: what comes to it; `placed`: what of that is the place's.
//!
//! The time is linear in lines times promotions, but for conflicts between the promotions that would
//! take something off, which are compared in pairs.

mod answer;
mod bits;
mod cart;
mod combine;
mod delivery;
mod eligible;
mod placed;
mod request;
mod taken;
mod taxes;

use souk_domain::Money;

use self::cart::{Cart, Left};
use self::delivery::Parcel;
use self::eligible::{Candidate, Eligibility};
use self::taken::Taking;
use self::taxes::{CartTaxes, Taxed, Taxing};
use crate::{Class, Market, Place, TaxMode, Terms};

pub use self::answer::{
    Adjustment, Allocation, DeliveryOption, NotApplied, Quote, QuoteError, QuotedLine, Reason,
    Subject, Target, TaxPart, Taxes, UnitAmounts,
};
pub use self::placed::{place_stamp, tax_rates};
pub use self::request::{Context, GivenCode, Line};

/// What a cart costs, and why.
///
/// # Errors
/// When the market is unknown, a line is not sold in it, the chosen delivery is not possible, or an
/// amount is too large.
pub fn quote(
    terms: &Terms,
    lines: &[Line<'_>],
    context: &Context<'_>,
) -> Result<Quote, QuoteError> {
    let mut markets = terms.markets.iter();
    let market = markets.position(|market| market.id == context.market);
    let market = market.ok_or(QuoteError::UnknownMarket)?;
    let home = home(&terms.markets[market]);
    let quoting = Quoting {
        terms,
        market,
        context,
        place: context.place.unwrap_or(&home),
        cart: &Cart::new(terms, &terms.markets[market], lines, context)?,
        lines,
    };
    quoting.quote()
}

/// Where parcels of a market go as long as nothing is known of it: the first country that it names.
fn home(market: &Market) -> Place {
    let country = market.countries.first();
    Place {
        country: country.cloned().unwrap_or_default(),
        ..Place::default()
    }
}

struct Quoting<'a> {
    terms: &'a Terms,
    market: usize,
    context: &'a Context<'a>,
    place: &'a Place,
    cart: &'a Cart,
    lines: &'a [Line<'a>],
}

/// What promotions have done.
struct Applied {
    left: Left,
    adjustments: Vec<Adjustment>,
    not_applied: Vec<NotApplied>,
}

impl Quoting<'_> {
    fn market(&self) -> &Market {
        &self.terms.markets[self.market]
    }

    fn quote(&self) -> Result<Quote, QuoteError> {
        let alone = self.price_of(&self.options(self.cart.subtotal))?;
        let untouched = Left::all(self.cart, alone);
        let eligibility = Eligibility {
            terms: self.terms,
            market: self.market,
            context: self.context,
            cart: self.cart,
            untouched: &untouched,
        };
        let mut not_applied = Vec::new();
        let candidates = eligibility.candidates(&mut not_applied);
        let is_chosen = combine::chosen(&candidates, self.cart);
        let (mut chosen, mut others) = (Vec::new(), Vec::new());
        for (candidate, is_chosen) in candidates.iter().zip(is_chosen) {
            let list = if is_chosen { &mut chosen } else { &mut others };
            list.push(candidate);
        }
        let passed_over = others.iter();
        not_applied.extend(passed_over.filter_map(|one| one.refused(Reason::NotCombinable)));
        let mut applied = Applied {
            left: untouched,
            adjustments: Vec::new(),
            not_applied,
        };
        self.apply(&chosen, Class::Line, &mut applied);
        applied.left.basis.clone_from(&applied.left.lines);
        let delivery_options = self.options(applied.left.lines.iter().sum());
        let shipping = self.price_of(&delivery_options)?;
        applied.left.delivery = shipping;
        self.apply(&chosen, Class::Order, &mut applied);
        self.apply(&chosen, Class::Delivery, &mut applied);
        self.totalled(applied, delivery_options, shipping)
    }

    fn options(&self, cost: i64) -> Vec<DeliveryOption> {
        let parcel = Parcel {
            terms: self.terms,
            market: self.market,
            place: self.place,
            cart: self.cart,
            cost,
        };
        parcel.options()
    }

    /// The price of the chosen delivery; 0 where none is chosen.
    fn price_of(&self, options: &[DeliveryOption]) -> Result<i64, QuoteError> {
        let Some(id) = self.context.delivery else {
            return Ok(0);
        };
        let is_chosen = |option: &&DeliveryOption| self.terms.methods[option.method].id == id;
        let option = options.iter().find(is_chosen);
        option
            .map(|option| option.price)
            .ok_or(QuoteError::DeliveryUnavailable)
    }

    /// Takes off what the chosen promotions of a class take off, one after the other.
    fn apply(&self, chosen: &[&Candidate<'_>], class: Class, applied: &mut Applied) {
        let mut shares = Vec::new();
        for candidate in chosen.iter().filter(|one| one.promotion.class == class) {
            let taking = Taking {
                promotion: candidate.promotion,
                cart: self.cart,
                currency: self.market().currency,
            };
            let left = &mut applied.left;
            let amount = match taking.amount(left, &mut shares) {
                Ok(amount) => amount,
                Err(reason) => {
                    applied.not_applied.extend(candidate.refused(reason));
                    continue;
                }
            };
            let allocations = match class {
                Class::Line => {
                    taking.use_units(left);
                    take_off(&shares, left)
                }
                Class::Order => {
                    let shares = taking.spread(amount, left);
                    take_off(&shares, left)
                }
                Class::Delivery => {
                    left.delivery -= amount;
                    let target = Target::Delivery;
                    vec![Allocation { target, amount }]
                }
            };
            applied.adjustments.push(Adjustment {
                promotion: candidate.place,
                code: candidate.code,
                class,
                amount,
                allocations,
            });
        }
    }

    fn totalled(
        &self,
        applied: Applied,
        delivery_options: Vec<DeliveryOption>,
        shipping: i64,
    ) -> Result<Quote, QuoteError> {
        let Applied {
            left,
            adjustments,
            not_applied,
        } = applied;
        let (tax, duty) = self.taxes(&left);
        let added = match tax.taxes.is_included {
            true => 0,
            false => tax.taxes.total,
        };
        let goods: i64 = left.lines.iter().sum();
        let mut total = Money::new(goods, self.market().currency);
        for amount in [left.delivery, added, duty.taxes.total] {
            let sum = total.plus(Money::new(amount, total.currency));
            total = sum.map_err(|_| QuoteError::TooLarge)?;
        }
        let lines = self.cart.lines.iter().zip(&left.lines).enumerate();
        let lines = lines.map(|(place, (line, &total))| QuotedLine {
            quantity: line.quantity,
            unit_price: line.unit_price,
            compare_at: line.compare_at,
            subtotal: line.subtotal,
            discount: line.subtotal - total,
            total,
            tax: tax.lines[place],
            duty: duty.lines[place],
        });
        Ok(Quote {
            market: self.market,
            currency: total.currency,
            lines: lines.collect(),
            adjustments,
            not_applied,
            delivery_options,
            lead_days: self.cart.lead_days,
            subtotal: self.cart.subtotal,
            shipping,
            tax: tax.taxes,
            duty: duty.taxes,
            total: total.amount,
            due: total.amount,
        })
    }

    /// Tax, then duty on what is left without tax.
    fn taxes(&self, left: &Left) -> (CartTaxes, CartTaxes) {
        let taxing = Taxing {
            terms: self.terms,
            market: self.market,
            place: self.place,
            goods: left.lines.iter().sum(),
        };
        let taxed = left.lines.iter().zip(self.lines).enumerate();
        let taxed = taxed.map(|(place, (&amount, line))| Taxed {
            line: Some(place),
            amount,
            category: line.facts.category,
        });
        let mut taxed: Vec<_> = taxed.collect();
        let tax = taxing.tax(&taxed, left.delivery);
        if self.market().tax == TaxMode::Included {
            for (line, tax) in taxed.iter_mut().zip(&tax.lines) {
                line.amount -= tax;
            }
        }
        let duty = taxing.duty(&taxed);
        (tax, duty)
    }
}

/// Takes shares off the lines; those of nothing are no allocations.
fn take_off(shares: &[i64], left: &mut Left) -> Vec<Allocation> {
    let given = shares.iter().enumerate().filter(|(_, share)| **share > 0);
    let mut allocations = Vec::with_capacity(given.clone().count());
    for (line, &amount) in given {
        left.lines[line] -= amount;
        let target = Target::Line(line);
        allocations.push(Allocation { target, amount });
    }
    allocations
}
