//! A release within operations: out, with another share, promoted, rolled back by people or by
//! operations itself.
//!
//! Invariant: at most one release is out, and the release, its end and the record about it are one
//! change.
//!
//! Not here: what is bad ([`crate::release`]).

use super::{BY_ITSELF, Operations, Refused};
use crate::journal::{Draft, Record};
use crate::release::{BUCKETS, PastRelease, Release, ReleaseChange, Verdict, WINDOW_MS, is_name};
use crate::samples::Sample;

impl Operations {
    /// The release that is out.
    pub fn release(&self) -> Option<&Release> {
        self.release.as_ref()
    }

    /// The last one that is over.
    pub fn past_release(&self) -> Option<&PastRelease> {
        self.past_release.as_ref()
    }

    /// Makes a change of releases true, and says it.
    pub(super) fn change_release(
        &mut self,
        change: ReleaseChange,
        who: &str,
        now_ms: i64,
    ) -> Result<String, Refused> {
        match change {
            ReleaseChange::Next {
                name,
                share,
                window_ms,
            } => {
                if let Some(out) = &self.release {
                    return Err(Refused::ReleaseOut(out.name().to_owned()));
                }
                if !is_name(&name) {
                    return Err(Refused::ReleaseName);
                }
                if !WINDOW_MS.contains(&window_ms) {
                    return Err(Refused::ReleaseWindow);
                }
                check_share(share)?;
                let window_s = window_ms / 1_000;
                let what = format!("release {name} to {}, watched for {window_s} s", of(share));
                self.release = Some(Release::new(name, share, window_ms, now_ms));
                Ok(what)
            }
            ReleaseChange::Share(share) => {
                check_share(share)?;
                let release = self.release.as_mut().ok_or(Refused::NoRelease)?;
                release.share_anew(share, now_ms);
                Ok(format!("release {} to {}", release.name(), of(share)))
            }
            ReleaseChange::Promote => self.end_release(true, who, String::new(), now_ms),
            ReleaseChange::Rollback => self.end_release(false, who, String::new(), now_ms),
        }
    }

    fn end_release(
        &mut self,
        is_promoted: bool,
        who: &str,
        why: String,
        now_ms: i64,
    ) -> Result<String, Refused> {
        let release = self.release.take().ok_or(Refused::NoRelease)?;
        let name = release.name();
        let what = match is_promoted {
            true => format!("promote release {name}"),
            false => format!("roll back release {name}"),
        };
        self.past_release = Some(PastRelease {
            name: name.to_owned(),
            ended_at_ms: now_ms,
            is_promoted,
            who: who.to_owned(),
            why,
        });
        Ok(what)
    }

    /// Takes what edges have reported of the release, and takes it back if that is bad: the record. After
    /// its window a release is left to people.
    pub(super) fn watch_release(&mut self, samples: &[Sample], now_ms: i64) -> Option<Record> {
        let release = self.release.as_mut()?;
        if !release.is_watched(now_ms) {
            return None;
        }
        release.observe(samples, now_ms);
        let Verdict::Bad(fault) = release.verdict(now_ms) else {
            return None;
        };
        let lanes = *release.lanes();
        let mut next = self.clone();
        let what = next.end_release(false, BY_ITSELF, fault.to_string(), now_ms);
        let what = what.expect("it was out a moment ago");
        let difference = self.difference(&next);
        let draft = Draft {
            who: BY_ITSELF.to_owned(),
            what: format!("{what}: {fault}"),
            effect: format!("{difference}; next {}; stable {}", lanes.next, lanes.stable),
        };
        let record = next.journal.append(draft, now_ms);
        next.watched.moved(record.seq, now_ms);
        *self = next;
        Some(record)
    }

    /// What is different with releases, as the journal has it; `None`: nothing.
    pub(super) fn release_difference(&self, next: &Operations) -> Option<String> {
        let published = |of: &Operations| of.release.as_ref().map(Release::published);
        if published(self) == published(next) {
            return None;
        }
        Some(match &next.release {
            Some(release) => format!("release {} {}", release.name(), of(release.share())),
            None => "release none".to_owned(),
        })
    }
}

fn check_share(share: u16) -> Result<(), Refused> {
    match share <= BUCKETS {
        true => Ok(()),
        false => Err(Refused::ReleaseShare),
    }
}

/// A share as people read it.
fn of(share: u16) -> String {
    let (whole, fraction) = (share / 100, share % 100);
    match fraction {
        0 => format!("{whole} %"),
        _ => format!("{whole}.{fraction:02} %"),
    }
}

#[cfg(test)]
mod tests;
