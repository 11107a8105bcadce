//! How releases stand, as the staff see them.

use souk_operations::Operations;
use souk_operations::release::{Release, SAMPLES_MIN, Tally, Verdict};
use souk_protocol::release::{LaneFigures, ReleaseOut, ReleasePast, ReleaseStanding};

/// How they stand at a moment, in milliseconds since 1970.
pub(crate) fn release_standing(stored: &Operations, now_ms: i64) -> ReleaseStanding {
    let past = stored.past_release().map(|past| ReleasePast {
        name: past.name.clone(),
        ended_at_ms: past.ended_at_ms,
        is_promoted: past.is_promoted,
        who: past.who.clone(),
        why: past.why.clone(),
    });
    ReleaseStanding {
        out: stored.release().map(|release| out(release, now_ms)),
        past,
    }
}

fn out(release: &Release, now_ms: i64) -> ReleaseOut {
    let window_ends_at_ms = release.window_ends_at_ms();
    let is_watched = release.is_watched(now_ms);
    // What is not seen after the window is no silence.
    let verdict = release.verdict(now_ms.min(window_ends_at_ms));
    let fault = match verdict {
        Verdict::Bad(fault) => Some(fault.to_string()),
        Verdict::Gathering | Verdict::Good => None,
    };
    ReleaseOut {
        name: release.name().to_owned(),
        share: release.share(),
        began_at_ms: release.began_at_ms(),
        window_ends_at_ms,
        is_watched,
        verdict: verdict.name().to_owned(),
        fault,
        samples_min: SAMPLES_MIN,
        next: figures(&release.lanes().next),
        stable: figures(&release.lanes().stable),
    }
}

fn figures(tally: &Tally) -> LaneFigures {
    LaneFigures {
        samples: tally.samples,
        requests: tally.requests,
        errors: tally.errors,
        slow: tally.slow,
    }
}
