//! What the usher has heard. It is kept over a restart where that is possible, and may be lost.

use std::collections::VecDeque;

use minicbor::{Decode, Encode};

use super::expiring::Expiring;
use super::hearing::Hearing;
use super::pace::Pace;
use super::present::Present;
use super::{Stored, Units};
use crate::rank::Rank;
use crate::schedule::Control;

/// A front, and from when every ticket behind it has had its chance to be heard.
#[derive(Debug, Clone, Copy, Encode, Decode)]
pub(super) struct Front {
    #[n(0)]
    pub(super) settles_at_ms: i64,
    #[n(1)]
    pub(super) rank: Option<Rank>,
    #[n(2)]
    pub(super) share: u32,
}

#[derive(Debug, Encode, Decode)]
pub(super) struct Memory {
    #[n(0)]
    pub(super) present: Present,
    #[n(1)]
    pub(super) hearing: Hearing,
    #[n(2)]
    pub(super) pace: Pace,
    /// The fronts that are not settled yet, behind the last one that is.
    #[n(3)]
    pub(super) fronts: VecDeque<Front>,
    /// Tickets that were called unseen, since only a share reports.
    #[n(4)]
    pub(super) unseen: Expiring,
    #[n(5)]
    pub(super) last_step_ms: i64,
    /// When a report arrived last, or the usher started.
    #[n(6)]
    pub(super) last_report_ms: i64,
    /// When a ticket that could be called was last seen, or the settled front moved.
    #[n(7)]
    pub(super) last_candidate_ms: i64,
    #[n(8)]
    pub(super) control: Control,
    #[n(9)]
    pub(super) units: Units,
    #[n(10)]
    pub(super) counted_until_ms: i64,
    /// Visitors inside whose pages do not poll, of before the memory was lost.
    #[n(11)]
    pub(super) forgotten: Expiring,
    /// How many of a thousand tickets were with edges without a young pulse.
    #[n(12)]
    pub(super) unknowing: Expiring,
    #[n(13)]
    pub(super) present_permille: u32,
    /// Calls of a second, smoothed over half a minute, in thousandths.
    #[n(14)]
    pub(super) called_milli: u64,
}

impl Memory {
    /// Nothing was heard; it is `now_ms`, and a turn lasts `turn_ms`.
    pub(super) fn new(stored: &Stored, turn_ms: i64, now_ms: i64) -> Self {
        let settled = Front {
            settles_at_ms: i64::MIN,
            rank: stored.settled,
            share: stored.settled_share,
        };
        let latest = stored.front.map(|rank| Front {
            settles_at_ms: stored.settles_at_ms,
            rank: Some(rank),
            share: stored.share,
        });
        let mut forgotten = Expiring::default();
        forgotten.add(now_ms + turn_ms, stored.forms);
        Self {
            present: Present::default(),
            hearing: Hearing::default(),
            pace: Pace::new(),
            fronts: [Some(settled), latest].into_iter().flatten().collect(),
            unseen: Expiring::default(),
            last_step_ms: now_ms,
            last_report_ms: now_ms,
            last_candidate_ms: now_ms,
            control: Control::Running,
            units: Units::default(),
            counted_until_ms: i64::MIN,
            forgotten,
            unknowing: Expiring::default(),
            present_permille: 1_000,
            called_milli: 0,
        }
    }
}
