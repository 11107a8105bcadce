//! A crowd of a flash sale, made up: who comes when, looks at what, waits for how long, and orders.
//!
//! The shares are those of the model that the waiting room was designed with: 60 of 100 come before the
//! opening, 30 of these are gone by then; the others come within minutes after it. Of those who are called
//! 85 order, most of them within a minute. One of ten visitors does not care for the sale.
//!
//! Everything follows from the seed.

use fastrand::Rng;

use crate::trace::{Act, SaleTerms, Step, Trace};

/// Before the opening tickets are given for so long, in milliseconds.
const GATHERS_MS: i64 = 300_000;
/// The sale lasts so long.
const LASTS_MS: i64 = 1_200_000;
/// How long visitors come after the opening, and stay, on average.
const COME_MS: f64 = 60_000.0;
const STAY_MS: f64 = 900_000.0;
/// How long one who is called takes to order, on average.
const THINK_MS: f64 = 40_000.0;
/// Products that are looked at.
const PRODUCTS: u32 = 50;
/// Of a thousand visitors: those who do not care for the sale; who come before the opening, and of these
/// those who leave before it; who stay to the end; and of the called, those who order.
const OTHERS: u32 = 100;
const EARLY: u32 = 600;
const LEAVING: u32 = 300;
const STAYING: u32 = 150;
const BUYING: u32 = 850;
/// Of those who do not care for the sale, those who order something else.
const ORDERING: u32 = 100;

/// The sale.
const SALE: &str = "drop";

/// A crowd of so many visitors, for a hundredth of as many units.
pub fn flash_sale(visitors: u32, seed: u64) -> Trace {
    let mut random = Rng::with_seed(seed);
    let sale = SaleTerms {
        id: SALE.to_owned(),
        gathers_ms: 0,
        opens_ms: GATHERS_MS,
        closes_ms: GATHERS_MS + LASTS_MS,
        units: (visitors / 100).max(1),
    };
    let mut crowd = Crowd {
        sale: &sale,
        random: &mut random,
        steps: Vec::new(),
    };
    for visitor in 0..visitors {
        match crowd.chance(OTHERS) {
            true => crowd.browse(visitor),
            false => crowd.come(visitor),
        }
    }
    let mut steps = crowd.steps;
    // Stable: what a visitor does at one moment stays in its order.
    steps.sort_by_key(|step| step.at_ms);
    Trace {
        sales: vec![sale],
        steps,
    }
}

struct Crowd<'c> {
    sale: &'c SaleTerms,
    random: &'c mut Rng,
    steps: Vec<Step>,
}

impl Crowd<'_> {
    fn chance(&mut self, permille: u32) -> bool {
        self.random.u32(0..1_000) < permille
    }

    /// A time that is exponentially distributed.
    fn about(&mut self, mean_ms: f64) -> i64 {
        (-(1.0 - self.random.f64()).ln() * mean_ms) as i64
    }

    fn ask(&mut self, at_ms: i64, visitor: u32, is_post: bool, address: &str) {
        let address = address.to_owned();
        let act = Act::Request { is_post, address };
        self.steps.push(Step {
            at_ms,
            visitor,
            act,
        });
    }

    /// One for the sale.
    fn come(&mut self, visitor: u32) {
        let opens_ms = self.sale.opens_ms;
        let is_early = self.chance(EARLY);
        let comes_ms = match is_early {
            true => self.random.i64(0..opens_ms),
            false => (opens_ms + self.about(COME_MS)).min(self.sale.closes_ms - 1),
        };
        let leaves_ms = match () {
            () if is_early && self.chance(LEAVING) => self.random.i64(comes_ms..=opens_ms),
            () if self.chance(STAYING) => self.sale.closes_ms,
            () => opens_ms.max(comes_ms) + self.about(STAY_MS),
        };
        self.ask(comes_ms, visitor, false, &format!("/sales/{SALE}"));
        self.ask(
            comes_ms + 400,
            visitor,
            false,
            &format!("/api/v1/sales/{SALE}"),
        );
        let thinks = self.about(THINK_MS);
        let thinks_ms = self.chance(BUYING).then_some(thinks);
        self.steps.push(Step {
            at_ms: comes_ms + 2_000,
            visitor,
            act: Act::Stay {
                sale: SALE.to_owned(),
                for_ms: leaves_ms - comes_ms,
                thinks_ms,
            },
        });
    }

    /// One for something else.
    fn browse(&mut self, visitor: u32) {
        let mut at_ms = self.random.i64(0..self.sale.closes_ms);
        self.ask(at_ms, visitor, false, "/");
        at_ms += 3_000 + self.about(10_000.0);
        self.ask(at_ms, visitor, false, "/collections/all");
        for _ in 0..self.random.u32(1..=4) {
            at_ms += 2_000 + self.about(15_000.0);
            let product = self.random.u32(0..PRODUCTS);
            self.ask(at_ms, visitor, false, &format!("/products/thing-{product}"));
        }
        if self.chance(ORDERING) {
            at_ms += 5_000 + self.about(30_000.0);
            self.ask(at_ms, visitor, true, "/api/v1/quotes");
            self.ask(at_ms + 20_000, visitor, true, "/api/v1/orders");
            self.ask(at_ms + 21_000, visitor, false, "/orders/-");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_follows_from_its_seed_and_can_be_read_back() {
        let crowd = flash_sale(300, 7);
        assert_eq!(crowd, flash_sale(300, 7));
        assert_ne!(crowd, flash_sale(300, 8));
        let mut text = Vec::new();
        crowd.write(&mut text).unwrap();
        assert_eq!(Trace::read(text.as_slice()).unwrap(), crowd);
        let stays = crowd
            .steps
            .iter()
            .filter(|step| matches!(step.act, Act::Stay { .. }));
        let stays = stays.count();
        assert!((240..300).contains(&stays), "{stays}");
        assert_eq!(crowd.sales[0].units, 3);
    }
}
