//! What visitors and bots do, one request after the other.

use souk_room::{Buyer, Door, Rank, Report, Seed, TicketState};

use super::{OPENS_MS, Run, key};
use crate::crowd::{chance, exponential};
use crate::edge::NoAnswer;
use crate::model::{TrueTicket, draw};
use crate::origin::Reply;
use crate::visitor::Phase;
use crate::world::Event;

/// How long a buyer needs for the form, on average.
const FORM_MS: f64 = 50_000.0;

impl Run {
    /// A visitor does the next thing.
    pub(super) fn act(&mut self, visitor: usize, now_ms: i64) {
        let one = &mut self.visitors[visitor];
        if one.phase == Phase::Gone {
            return;
        }
        if now_ms >= one.leaves_at_ms {
            return self.leave(visitor);
        }
        if let Some((from_ms, for_ms)) = one.sleeps.filter(|(from_ms, _)| now_ms >= *from_ms) {
            let wakes_at_ms = from_ms + for_ms;
            if now_ms < wakes_at_ms {
                self.auditor.leave(visitor);
                return self.agenda.add(wakes_at_ms, Event::Act(visitor));
            }
            one.sleeps = None;
            self.auditor.arrive(visitor);
        }
        if chance(&mut self.random, self.plan.lost_requests) {
            return self.agenda.add(now_ms + 3_000, Event::Act(visitor));
        }
        match self.visitors[visitor].phase {
            Phase::Coming => self.come(visitor, now_ms),
            Phase::Waiting => self.poll(visitor, now_ms),
            Phase::Shopping { order_at_ms } if now_ms >= order_at_ms => {
                self.order(visitor, now_ms);
            }
            Phase::Shopping { .. } => self.poll(visitor, now_ms),
            Phase::Gone => {}
        }
    }

    fn leave(&mut self, visitor: usize) {
        self.visitors[visitor].phase = Phase::Gone;
        self.auditor.forget(visitor);
    }

    fn come(&mut self, visitor: usize, now_ms: i64) {
        let one = &self.visitors[visitor];
        let seed = match self.plan.by_email {
            true => {
                let email = format!("buyer{}+{visitor}@example.org", one.buyer);
                Seed::of_buyer(&self.buyer_secret, Buyer::Email(&email))
            }
            false => Seed(key(&mut self.random)),
        };
        let issued = self.edges[one.edge].issue(seed, now_ms);
        let (ticket, text) = match issued {
            Ok(issued) => issued,
            Err(NoAnswer::NoTickets) if now_ms > OPENS_MS => return self.leave(visitor),
            Err(_) => {
                self.auditor.count("no ticket for a moment");
                return self.agenda.add(now_ms + 2_000, Event::Act(visitor));
            }
        };
        let draw_key = self.object.draw_key();
        let rank = Rank::of(&ticket, OPENS_MS, &draw_key);
        let truth = TrueTicket {
            came_ms: now_ms,
            draw: draw(&draw_key.0, &seed.0),
        };
        self.auditor.count(match rank {
            Rank::Drawn(_) => "drawn",
            Rank::Arrived(_) => "arrived",
        });
        self.auditor.ticket(visitor, truth, rank);
        let one = &mut self.visitors[visitor];
        (one.ticket, one.phase) = (Some((ticket, text)), Phase::Waiting);
        self.poll(visitor, now_ms);
    }

    pub(super) fn is_report_lost(&mut self, now_ms: i64) -> bool {
        let is_lost = chance(&mut self.random, self.plan.lost_reports);
        is_lost || now_ms < self.silent_until_ms || !self.object.is_running()
    }

    fn report(&mut self, report: Report, now_ms: i64) {
        self.auditor.count("reports");
        if !self.is_report_lost(now_ms) {
            self.object.inbox.reports.push(report);
        }
    }

    fn poll(&mut self, visitor: usize, now_ms: i64) {
        self.auditor.count("polls");
        let one = &self.visitors[visitor];
        let (_, text) = one.ticket.as_ref().expect("a visitor who polls has one");
        let edge = &mut self.edges[one.edge];
        let shown = match edge.show(text, now_ms) {
            Ok(shown) => shown,
            Err(_) => {
                self.visitors[visitor].was_away = true;
                return self.agenda.add(now_ms + 3_000, Event::Act(visitor));
            }
        };
        let is_cut = edge.cut_until_ms > now_ms;
        let view = shown.view;
        if !(5..=60).contains(&view.poll_after_s) {
            let found = format!("{} s", view.poll_after_s);
            self.auditor
                .fail("a client polls within 5 to 60 seconds", found);
        }
        if view.rank.is_some() && now_ms < OPENS_MS && shown.is_timely {
            self.auditor
                .fail("no place is shown before the opening", format!("{view:?}"));
        }
        if let Some(report) = shown.report {
            self.report(report, now_ms);
        }
        let one = &mut self.visitors[visitor];
        one.was_away |= is_cut;
        match view.state {
            TicketState::Gathering | TicketState::Waiting => {
                let delay_ms = self.random.i64(0..self.plan.delay_ms);
                let after_ms = i64::from(view.poll_after_s) * 1_000 + delay_ms;
                self.agenda.add(now_ms + after_ms, Event::Act(visitor));
            }
            TicketState::Called => {
                one.code = shown.code;
                self.shop(visitor, now_ms);
            }
            TicketState::Missed => self.miss(visitor, now_ms),
            TicketState::SoldOut => self.sold_out(visitor, now_ms),
            TicketState::Over => self.leave(visitor),
        }
    }

    /// The edge saw a ticket that was called.
    fn sight(&mut self, visitor: usize, now_ms: i64) {
        let one = &self.visitors[visitor];
        let (polls, edge) = (one.has_scripts, one.edge);
        let (ticket, _) = one.ticket.as_ref().expect("it was called");
        let rank = Rank::of(ticket, OPENS_MS, &self.object.draw_key());
        match polls {
            true => self.report(Report { rank, polls }, now_ms),
            false => self.edges[edge].open_form(rank),
        }
    }

    /// A visitor who was called goes on with the form.
    fn shop(&mut self, visitor: usize, now_ms: i64) {
        let one = &mut self.visitors[visitor];
        if one.phase == Phase::Waiting {
            self.auditor.count("called");
            let form_ms = match one.is_bot {
                true => 1_000,
                false => 5_000 + exponential(&mut self.random, FORM_MS),
            };
            if !one.decides_to_buy {
                one.leaves_at_ms = one.leaves_at_ms.min(now_ms + form_ms);
            }
            let order_at_ms = now_ms + form_ms;
            one.phase = Phase::Shopping { order_at_ms };
        }
        let Phase::Shopping { order_at_ms } = one.phase else {
            return;
        };
        let next_ms = match one.has_scripts {
            true => order_at_ms.min(now_ms + 10_000),
            false => order_at_ms,
        };
        self.sight(visitor, now_ms);
        self.agenda
            .add(next_ms.max(now_ms + 1), Event::Act(visitor));
    }

    fn miss(&mut self, visitor: usize, now_ms: i64) {
        self.auditor.count("missed");
        let one = &mut self.visitors[visitor];
        if one.phase == Phase::Waiting && !one.was_away {
            self.auditor.missed_unseen(visitor);
        }
        if chance(&mut self.random, 500) {
            return self.leave(visitor);
        }
        self.auditor.forget(visitor);
        let one = &mut self.visitors[visitor];
        (one.phase, one.was_away, one.code) = (Phase::Coming, false, None);
        self.agenda.add(now_ms + 2_000, Event::Act(visitor));
    }

    fn sold_out(&mut self, visitor: usize, now_ms: i64) {
        let units = self.origin.units();
        if units.available > 0 || units.held > 0 {
            self.auditor.fail(
                "sold out is said only when nothing is left",
                format!("{units:?}"),
            );
        }
        let one = &self.visitors[visitor];
        let is_inside = matches!(one.phase, Phase::Shopping { .. });
        if is_inside && one.decides_to_buy {
            self.auditor.told_sold_out(now_ms, one.buyer);
        }
        self.leave(visitor);
    }

    fn order(&mut self, visitor: usize, now_ms: i64) {
        self.sight(visitor, now_ms);
        let one = &self.visitors[visitor];
        let (_, text) = one.ticket.as_ref().expect("it was called");
        let code = one.code.as_deref().unwrap_or_default();
        let (ticket, rank) = match self.edges[one.edge].admit(text, code, now_ms) {
            Ok(admitted) => admitted,
            Err(NoAnswer::TurnMissed) => return self.miss(visitor, now_ms),
            Err(NoAnswer::NotFound) => {
                self.auditor
                    .fail("who is called has the right address", format!("{visitor}"));
                return;
            }
            Err(_) => return self.try_again(visitor, now_ms + 5_000),
        };
        let (buyer, units) = (one.buyer, one.units);
        let reply = self.origin.order(now_ms, &ticket, rank, buyer, units);
        let is_reply_lost = chance(&mut self.random, self.plan.lost_requests);
        if let Reply::Placed(number) = reply {
            self.auditor.placed(now_ms, visitor, rank, buyer, units);
            let deadline_ms = now_ms + self.plan.pay_within_ms;
            self.agenda.add(deadline_ms, Event::Expire(number));
            if self.visitors[visitor].pays {
                let pays_at_ms = now_ms + self.random.i64(2_000..60_000);
                self.agenda.add(pays_at_ms, Event::Pay(number));
            }
        }
        if is_reply_lost {
            return self.try_again(visitor, now_ms + 3_000);
        }
        match reply {
            Reply::Placed(_) => self.leave(visitor),
            Reply::Exists(_) => {
                self.auditor.count("reply was lost");
                self.leave(visitor);
            }
            Reply::LimitExceeded => {
                self.auditor.count("limit exceeded");
                self.leave(visitor);
            }
            Reply::NotOpen => self.try_again(visitor, now_ms + 5_000),
            Reply::SoldOut { available } => match u32::try_from(available) {
                Ok(0) | Err(_) => {
                    self.auditor.told_sold_out(now_ms, buyer);
                    self.try_again(visitor, now_ms + 15_000);
                }
                Ok(left) => {
                    self.visitors[visitor].units = left;
                    self.try_again(visitor, now_ms + 2_000);
                }
            },
        }
    }

    /// Orders at a later moment; a page with scripts polls until then.
    fn try_again(&mut self, visitor: usize, at_ms: i64) {
        self.visitors[visitor].phase = Phase::Shopping { order_at_ms: at_ms };
        self.agenda.add(at_ms, Event::Act(visitor));
    }

    /// A bot tries the address of another ticket, and one that it made up.
    pub(super) fn guess(&mut self, visitor: usize, now_ms: i64) {
        let Some((_, text)) = self.visitors[visitor].ticket.clone() else {
            return;
        };
        let own = self.visitors[visitor].code.clone();
        let others = self.visitors.iter().filter_map(|one| one.code.clone());
        let other = others.rev().find(|code| Some(code) != own.as_ref());
        let made_up = souk_room::purchase_code(
            &Door(key(&mut self.random)),
            &self.visitors[visitor].ticket.as_ref().expect("as above").0,
        );
        for code in other.into_iter().chain([made_up]) {
            let edge = self.visitors[visitor].edge;
            self.auditor.count("guesses");
            if self.edges[edge].admit(&text, &code, now_ms).is_ok() {
                self.auditor
                    .fail("an address of another ticket opens nothing", code);
            }
        }
    }
}
