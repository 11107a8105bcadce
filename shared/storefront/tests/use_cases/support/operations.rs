//! The store for operations in memory: the real rules of levels, switches and the journal, and faults.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use souk_operations::{
    Change, Command, Ladder, Level, Manual, Operations, Record, ReleaseChange, Rung, Sale,
    SaleSecret, Setting, StepWish, Switch,
};
use souk_operations::{effect, state_of};
use souk_ports::PortError;
use souk_protocol::operations::{
    AFTER, CHANGE_PATH, ChangeOperations, ChangeReply, JOURNAL_MEDIA_TYPE, JOURNAL_PATH, LANGUAGE,
    LadderRung, OperationsChange, SWITCHES_PATH, SaleControl, ScheduledSale, SettingEffect,
    Standing, SwitchStanding,
};
use souk_protocol::plan::{ArmPlan, ArmedPlan, PLAN_PATH, PlanApproval, PlanStanding, StepState};
use souk_protocol::release::{RELEASE_PATH, ReleasePast, ReleaseStanding, ReleaseWish};
use souk_protocol::samples::{
    SIGNALS_PATH, SINCE, SignalsSecond, SignalsStanding, WATCH_MS, WATCH_PATH,
};
use souk_room::{Control, Session};
use souk_service_http::{empty, json, of_type};

use super::Fault;

/// Records in a page of the journal.
pub(crate) const PAGE_RECORDS: usize = 2;

/// The store for operations.
#[derive(Default)]
pub(crate) struct OperationsStore {
    state: RefCell<Operations>,
    level_until_ms: Cell<Option<i64>>,
    watched_until_ms: Cell<Option<i64>>,
    records: RefCell<Vec<Record>>,
    /// For the next requests, first come first.
    pub(crate) faults: RefCell<VecDeque<Fault>>,
    /// Whether the deployment has no such store.
    pub(crate) is_absent: Cell<bool>,
    /// How far its clock is ahead of that of the back office.
    pub(crate) ahead_ms: Cell<i64>,
}

impl OperationsStore {
    /// The sales that are scheduled.
    pub(crate) fn sales(&self) -> Vec<Sale> {
        self.state.borrow().sales().to_vec()
    }

    /// Every record so far.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.records.borrow().clone()
    }

    /// Answers a request at a moment of the back office's clock.
    pub(crate) fn ask(
        &self,
        request: &Request<Bytes>,
        now_ms: i64,
    ) -> Result<Response<Bytes>, PortError> {
        if self.is_absent.get() {
            return Err(PortError::Unsupported("the store is absent".to_owned()));
        }
        let lost = || Err(PortError::Transient("lost".to_owned()));
        let now_ms = now_ms + self.ahead_ms.get();
        match self.faults.borrow_mut().pop_front() {
            None => Ok(self.carry_out(request, now_ms)),
            Some(Fault::RequestLost | Fault::Hang | Fault::Silence) => lost(),
            Some(Fault::ReplyLost) => {
                self.carry_out(request, now_ms);
                lost()
            }
            Some(Fault::Answer(status, body)) => {
                let status = StatusCode::from_u16(status).expect("a status");
                Ok(of_type(status, "application/json", body))
            }
        }
    }

    fn carry_out(&self, request: &Request<Bytes>, now_ms: i64) -> Response<Bytes> {
        let due = self.state.borrow().end_due(now_ms);
        if let Some(due) = due {
            self.level_until_ms.set(None);
            self.store(due);
        }
        let query = request.uri().query().unwrap_or_default();
        let parameter = |name: &str| {
            let (found, value) = query.split_once('=').expect("one parameter");
            assert_eq!(found, name);
            value.to_owned()
        };
        match request.uri().path() {
            SWITCHES_PATH => json(&self.standing(&parameter(LANGUAGE), now_ms)),
            CHANGE_PATH => {
                let asked = serde_json::from_slice(request.body()).expect("a change");
                json(&self.change(asked, now_ms))
            }
            JOURNAL_PATH => {
                let after = parameter(AFTER).parse().expect("a number");
                of_type(StatusCode::OK, JOURNAL_MEDIA_TYPE, self.page(after))
            }
            PLAN_PATH => json(&self.plan()),
            RELEASE_PATH => json(&self.release()),
            SIGNALS_PATH => json(&SignalsStanding {
                now_ms,
                watched_until_ms: self.watched_until_ms.get(),
                signals: Vec::new(),
                seconds: vec![SignalsSecond {
                    at_s: since(query),
                    values: BTreeMap::from([("pages.p99".to_owned(), 12.5)]),
                }],
                applying: Vec::new(),
                windows: Vec::new(),
            }),
            WATCH_PATH => {
                self.watched_until_ms.set(Some(now_ms + WATCH_MS));
                empty(StatusCode::NO_CONTENT)
            }
            _ => empty(StatusCode::NOT_FOUND),
        }
    }

    fn store(&self, Change { next, record }: Change) -> u64 {
        let seq = record.seq;
        self.state.replace(next);
        self.records.borrow_mut().push(record);
        seq
    }

    fn change(&self, asked: ChangeOperations, now_ms: i64) -> ChangeReply {
        let level_until_ms = match asked.change {
            OperationsChange::Level { until_ms, .. } => until_ms,
            _ => self.level_until_ms.get(),
        };
        let command = command(asked.change);
        let state = self.state.borrow().clone();
        match state.change(command, &asked.who, &asked.reason, now_ms) {
            Ok(change) => {
                self.level_until_ms.set(level_until_ms);
                let record = self.store(change);
                ChangeReply::Changed { record }
            }
            Err(refused) => {
                let reason = refused.to_string();
                match refused.is_conflict() {
                    true => ChangeReply::Conflict { reason },
                    false => ChangeReply::Refused { reason },
                }
            }
        }
    }

    fn standing(&self, language: &str, now_ms: i64) -> Standing {
        let state = self.state.borrow();
        let by_level = state.by_level();
        let of = |&switch: &Switch| {
            let effects = switch.settings().iter().map(|&setting| SettingEffect {
                state: setting.name().to_owned(),
                effect: effect(switch, setting, language)
                    .expect("a text")
                    .to_owned(),
            });
            let manual = state.manual().iter().find(|one| one.switch == switch);
            let by_level_alone = by_level.get(&switch).copied().unwrap_or(Setting::On);
            SwitchStanding {
                switch: switch.name().to_owned(),
                state: state_of(switch, &by_level, state.manual(), now_ms)
                    .name()
                    .to_owned(),
                by_level: by_level_alone.name().to_owned(),
                until_ms: manual.map(|one| one.until_ms),
                settings: effects.collect(),
            }
        };
        let records = self.records.borrow().len();
        Standing {
            level: state.level().number(),
            level_until_ms: self.level_until_ms.get(),
            switches: Switch::ALL.iter().map(of).collect(),
            stamp: 0,
            records: records.try_into().expect("a number of records"),
            head: state.journal().head().to_owned(),
            limits: Vec::new(),
            sales: Vec::new(),
            ladder: rungs(state.ladder()),
        }
    }

    /// Who has approved what; what is armed without its steps.
    fn plan(&self) -> PlanStanding {
        let state = self.state.borrow();
        let approvals = state.approvals().all().map(|(hash, names)| PlanApproval {
            hash: hash.to_owned(),
            names: names.to_vec(),
        });
        let armed = state.armed().map(|armed| ArmedPlan {
            hash: armed.hash().to_owned(),
            armed_at_ms: armed.armed_at_ms(),
            carried_out_at_ms: armed.seen_s() * 1_000,
            steps: Vec::new(),
        });
        PlanStanding {
            armed,
            approvals: approvals.collect(),
        }
    }

    /// What ended last; of what is out nothing but that it is.
    fn release(&self) -> ReleaseStanding {
        let state = self.state.borrow();
        let past = state.past_release().map(|past| ReleasePast {
            name: past.name.clone(),
            ended_at_ms: past.ended_at_ms,
            is_promoted: past.is_promoted,
            who: past.who.clone(),
            why: past.why.clone(),
        });
        ReleaseStanding { out: None, past }
    }

    fn page(&self, after: u64) -> String {
        let records = self.records.borrow();
        let later = records.iter().filter(|record| record.seq > after);
        let line = |record: &Record| serde_json::to_string(record).expect("JSON") + "\n";
        later.take(PAGE_RECORDS).map(line).collect()
    }
}

fn command(change: OperationsChange) -> Command {
    let known = |name: &str| Switch::parse(name).expect("a switch");
    match change {
        OperationsChange::Level { level, until_ms } => Command::Level {
            level: Level::new(level).expect("a level"),
            until_ms,
        },
        OperationsChange::Switch {
            switch,
            state,
            until_ms,
        } => Command::Set(Manual {
            switch: known(&switch),
            setting: Setting::parse(&state).expect("a setting"),
            until_ms,
        }),
        OperationsChange::ByLevel { switch } => Command::Unset(known(&switch)),
        OperationsChange::Limits { .. } => unreachable!("no test of the storefront sets limits"),
        OperationsChange::Ladder { rungs } => Command::Ladder(ladder(&rungs)),
        OperationsChange::Schedule(sale) => Command::Schedule(scheduled(*sale)),
        OperationsChange::Control { sale, control } => Command::Control {
            sale,
            control: match control {
                SaleControl::Running => Control::Running,
                SaleControl::Paused => Control::Paused,
                SaleControl::Closed => Control::Closed,
            },
        },
        OperationsChange::ApprovePlan { hash } => Command::Approve { hash },
        OperationsChange::ArmPlan(ArmPlan { plan, hash }) => Command::Arm {
            canonical: plan,
            hash,
        },
        OperationsChange::DisarmPlan => Command::Disarm,
        OperationsChange::PlanStep { step, state } => Command::Step {
            step,
            wish: match state {
                StepState::Fired => StepWish::Fire,
                StepState::Ended => StepWish::End,
                StepState::Done => StepWish::Done,
            },
        },
        OperationsChange::Release(wish) => Command::Release(release_change(wish)),
    }
}

fn release_change(wish: ReleaseWish) -> ReleaseChange {
    match wish {
        ReleaseWish::Next(next) => ReleaseChange::Next {
            name: next.name,
            share: next.share,
            window_ms: i64::from(next.window_s) * 1_000,
        },
        ReleaseWish::Share(share) => ReleaseChange::Share(share),
        ReleaseWish::Promote => ReleaseChange::Promote,
        ReleaseWish::Rollback => ReleaseChange::Rollback,
    }
}

fn ladder(rungs: &[LadderRung]) -> Ladder {
    let rungs = rungs.iter().map(|rung| Rung {
        level: Level::new(rung.level).expect("a level"),
        switch: Switch::parse(&rung.switch).expect("a switch"),
        setting: Setting::parse(&rung.state).expect("a setting"),
    });
    Ladder::new(rungs.collect()).expect("a ladder")
}

fn rungs(ladder: &Ladder) -> Vec<LadderRung> {
    let rungs = ladder.rungs().iter().map(|rung| LadderRung {
        level: rung.level.number(),
        switch: rung.switch.name().to_owned(),
        state: rung.setting.name().to_owned(),
    });
    rungs.collect()
}

fn scheduled(sale: ScheduledSale) -> Sale {
    let sessions = sale.sessions.iter().map(|session| Session {
        number: session.number,
        gathers_at_ms: session.gathers_at_ms,
        opens_at_ms: session.opens_at_ms,
        closes_at_ms: session.closes_at_ms,
    });
    Sale {
        id: sale.id,
        sessions: sessions.collect(),
        control: Control::Running,
        skus: sale.skus,
        limit: sale.limit,
        overbook_permille: sale.overbook_permille,
        buy_within_ms: sale.buy_within_ms,
        secret: SaleSecret([7; 32]),
        is_paused_by_plan: false,
    }
}

/// The second after which seconds are asked for; 0 where none is named.
fn since(query: &str) -> i64 {
    let parameter = query
        .strip_prefix(SINCE)
        .and_then(|rest| rest.strip_prefix('='));
    parameter.map_or(0, |second| second.parse().expect("a number"))
}
