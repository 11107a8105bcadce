//! What one visitor does, and one bot.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::event::{Event, Events, OrderOutcome, TicketState, What};
use super::plan::{Bot, Visitor};
use super::shop::{Answered, Held, Shop, email};

/// Orders and tickets are asked for again so often, where the shop does not know what became of one.
const ATTEMPTS_MAX: u32 = 20;

/// Comes, waits, and buys or leaves.
pub(super) async fn visitor(
    shop: Arc<Shop>,
    events: Events,
    opens: Duration,
    plan: Visitor,
) -> Result<()> {
    let visit = Visit {
        shop: &shop,
        events: &events,
        visitor: plan.number,
    };
    let comes = plan.comes.of(opens);
    let leaves = plan.stays.map(|stays| comes + stays);
    let Some((mut held, mut known)) = visit.gets_ticket(comes).await? else {
        return Ok(());
    };
    loop {
        match held.seen.state {
            TicketState::Called if leaves.is_none() => {
                return visit.buys(&held, known + plan.buys_after).await;
            }
            TicketState::Missed | TicketState::SoldOut | TicketState::Over => return Ok(()),
            TicketState::Gathering | TicketState::Waiting | TicketState::Called => {}
        }
        let next = known + Duration::from_secs(held.seen.poll_after_s.into());
        if let Some(leaves) = leaves.filter(|leaves| *leaves <= next) {
            shop.generator.wait_until(leaves).await;
            visit.did(leaves, leaves, What::Leaves);
            return Ok(());
        }
        (held, known) = visit.polls(&held, next).await?;
    }
}

/// Guesses addresses, with a ticket and without one.
pub(super) async fn bot(shop: Arc<Shop>, events: Events, opens: Duration, plan: Bot) -> Result<()> {
    let visit = Visit {
        shop: &shop,
        events: &events,
        visitor: plan.number,
    };
    let first = plan.tries.first();
    let first = first.map(|(moment, _)| moment.of(opens)).unwrap_or(opens);
    let asked = shop.ask_for_ticket(first, plan.number).await;
    let ticket = asked.held().ok().map(|held| held.ticket);
    for (place, (moment, code)) in plan.tries.iter().enumerate() {
        let moment = moment.of(opens);
        let guess = match place % 3 {
            0 => shop.order_without_ticket(moment, plan.number, code).await,
            1 => shop.guess(moment, plan.number, None, code).await,
            _ => {
                shop.guess(moment, plan.number, ticket.as_deref(), code)
                    .await
            }
        };
        let status = guess.status();
        visit.did(guess.sent, guess.answered, What::Guess { status });
    }
    Ok(())
}

struct Visit<'v> {
    shop: &'v Shop,
    events: &'v Events,
    visitor: u32,
}

impl Visit<'_> {
    fn did(&self, sent: Duration, answered: Duration, what: What) {
        self.events.add(Event {
            sent,
            answered,
            visitor: self.visitor,
            what,
        });
    }

    fn was_refused(&self, request: &'static str, answered: &Answered) {
        let status = answered.status();
        self.did(
            answered.sent,
            answered.answered,
            What::Refused { request, status },
        );
    }

    /// A ticket, and when it was known; none where the shop gives none.
    async fn gets_ticket(&self, comes: Duration) -> Result<Option<(Held, Duration)>> {
        let mut planned = comes;
        for _ in 0..ATTEMPTS_MAX {
            let answered = self.shop.ask_for_ticket(planned, self.visitor).await;
            if answered.status() == 201 {
                let held = answered.held()?;
                self.did(
                    answered.sent,
                    answered.answered,
                    What::Ticket(held.seen.clone()),
                );
                return Ok(Some((held, answered.answered)));
            }
            self.was_refused("ticket", &answered);
            planned = answered.retry_at();
        }
        Ok(None)
    }

    /// The ticket as it stands, asked for until there is an answer.
    async fn polls(&self, held: &Held, mut planned: Duration) -> Result<(Held, Duration)> {
        loop {
            let answered = self.shop.poll(planned, self.visitor, &held.ticket).await;
            if answered.status() == 200 {
                let held = answered.held()?;
                self.did(
                    answered.sent,
                    answered.answered,
                    What::Poll(held.seen.clone()),
                );
                return Ok((held, answered.answered));
            }
            self.was_refused("poll", &answered);
            planned = answered.retry_at();
        }
    }

    /// Orders, again with the same key where it is not known what became of it.
    async fn buys(&self, held: &Held, mut planned: Duration) -> Result<()> {
        let path = held.orders_path.as_deref().unwrap_or_default();
        for _ in 0..ATTEMPTS_MAX {
            let shop = self.shop;
            let answered = shop.order(planned, self.visitor, &held.ticket, path).await;
            if matches!(answered.status(), 0 | 429 | 503) {
                self.was_refused("order", &answered);
                planned = answered.retry_at();
                continue;
            }
            let outcome = match answered.status() {
                200 | 201 => OrderOutcome::Placed,
                _ => match answered.problem() {
                    problem if problem == "sold-out" => OrderOutcome::SoldOut,
                    problem => OrderOutcome::Refused(problem),
                },
            };
            let what = What::Order {
                outcome,
                buyer: email(self.visitor),
                units: 1,
            };
            self.did(answered.sent, answered.answered, what);
            return Ok(());
        }
        Ok(())
    }
}
