//! The visitors of a flash sale: they come before the opening and after it, get a ticket, poll as the
//! shop says, buy when they are called, or leave. Bots guess addresses and order early.
//!
//! Who comes when and what they do is planned ([`plan`]) before anything is sent. What follows from an
//! answer (the next poll, the order) is planned from the answer. Everything that happens goes into a raw
//! log ([`Event`]), which the [`referee`] judges afterwards; it knows nothing else.

mod after;
mod event;
pub mod plan;
pub mod referee;
mod shop;
mod visit;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail, ensure};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::generator::Generator;
use crate::scenario::SaleScenario;

pub use after::{AfterSellOut, attempts_after_sell_out};
pub use event::{Event, Events, OrderOutcome, TicketState, What};
use plan::Crowd;
use referee::Verdict;
use shop::Shop;

/// A sale that was visited.
#[derive(Debug)]
pub struct Visited {
    /// What happened, in the order of the answers.
    pub events: Vec<Event>,
    /// What the referee has to know.
    pub facts: referee::Facts,
    /// The sale.
    pub sale: String,
}

/// What came of a sale.
#[derive(Debug, Clone, Serialize)]
pub struct SaleOutcome {
    /// What the referee found in the log.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What became of attempts after the sell-out; none where it did not sell out, or where the shop shows
    /// no counters.
    pub after_sell_out: Option<AfterSellOut>,
}

impl SaleOutcome {
    /// Whether every rule holds.
    pub fn holds(&self) -> bool {
        self.verdict.fair && self.after_sell_out.is_none_or(|after| after.holds())
    }
}

impl Visited {
    /// Whether a visitor was told that everything is sold.
    pub fn is_sold_out(&self) -> bool {
        let is_told = |event: &Event| match &event.what {
            What::Poll(seen) | What::Ticket(seen) => seen.state == TicketState::SoldOut,
            _ => false,
        };
        self.events.iter().any(is_told)
    }

    /// Judges the log, and sends so many orders after the sell-out where the shop shows its counters.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub async fn judge(&self, generator: &Arc<Generator>, attempts: u64) -> Result<SaleOutcome> {
        let is_measured = self.is_sold_out() && after::shows_counters(generator).await?;
        let after_sell_out = match is_measured {
            true => Some(attempts_after_sell_out(generator, &self.sale, attempts).await?),
            false => None,
        };
        Ok(SaleOutcome {
            verdict: referee::judge(&self.events, &self.facts),
            after_sell_out,
        })
    }
}

/// Visits a sale that has not opened, until every visitor has an end. `units` are those of the sale, if
/// they are known; what happens is in `events` at once.
///
/// # Errors
/// When there is no such sale, or it opens before the first visitors come.
pub async fn visit(
    generator: &Arc<Generator>,
    scenario: &SaleScenario,
    seed: u64,
    units: Option<u32>,
    events: &Events,
) -> Result<Visited> {
    let shop = Arc::new(Shop::look(generator.clone(), &scenario.id).await?);
    let opens = opening(generator, shop.opens_at)?;
    let earliest = generator.now() + scenario.comes_before.most;
    ensure!(
        scenario.early == 0.0 || earliest <= opens,
        "the sale '{}' opens in {:.0} s, and its first visitors come {:.0} s before the opening: begin \
         earlier, or change 'comes_before'",
        scenario.id,
        opens.saturating_sub(generator.now()).as_secs_f64(),
        scenario.comes_before.most.as_secs_f64(),
    );
    let Crowd { visitors, bots } = plan::crowd(scenario, seed);
    let facts = referee::Facts {
        opens,
        units,
        limit: shop.limit,
        buyers: visitors.iter().filter(|one| one.stays.is_none()).count() as u64,
    };
    let mut all = JoinSet::new();
    for visitor in visitors {
        all.spawn(visit::visitor(shop.clone(), events.clone(), opens, visitor));
    }
    for bot in bots {
        all.spawn(visit::bot(shop.clone(), events.clone(), opens, bot));
    }
    while let Some(ended) = all.join_next().await {
        ended??;
    }
    Ok(Visited {
        events: events.until_now(),
        facts,
        sale: scenario.id.clone(),
    })
}

/// When a sale opens, from the beginning of the run: shop and generator have the machine's clock.
fn opening(generator: &Generator, opens_at: SystemTime) -> Result<Duration> {
    match opens_at.duration_since(generator.started_at()) {
        Ok(opens) if opens > generator.now() => Ok(opens),
        Ok(_) | Err(_) => {
            bail!("the sale has opened already: its visitors come before the opening")
        }
    }
}
