//! `souk release`: a second build of the storefront for a share of the shoppers, and how it does.
//!
//! Not here: which shoppers get it, and when it is taken back (`docs/releases.md`).

use anyhow::Result;
use clap::{Args, Subcommand};
use souk_protocol::release::{LaneFigures, NextRelease, ReleaseOut, ReleasePast, ReleaseStanding};
use souk_protocol::staff::{self, SetRelease};

use crate::orders::table;
use crate::shop::ShopArgs;
use crate::switches::{clock_ms, rfc3339, span_ms};

/// Arguments of `souk release`.
#[derive(Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    task: ReleaseTask,
}

#[derive(Subcommand)]
enum ReleaseTask {
    /// Shows the release that is out, how both builds do, and the last one that is over.
    Status,
    /// Gives the build that is deployed as the next storefront to a share of the shoppers.
    Next {
        /// What you call it, such as the tag of the commit.
        name: String,
        /// Percent of the shoppers, such as 1% or 0.25%.
        #[arg(long, default_value = "1%", value_name = "PERCENT", value_parser = share)]
        share: u16,
        /// For how long it is watched, and rolled back by itself where it is bad; begins anew with each
        /// other share. From 1m to 24h.
        #[arg(long, default_value = "10m", value_name = "TIME", value_parser = span_ms)]
        window: i64,
        #[command(flatten)]
        why: Why,
    },
    /// Gives it to another share of the shoppers. A larger one moves no shopper back.
    Share {
        /// Percent of the shoppers, such as 10%.
        #[arg(value_parser = share)]
        share: u16,
        #[command(flatten)]
        why: Why,
    },
    /// Ends the release, after its build was deployed as the stable one.
    Promote(Why),
    /// Ends the release: shoppers get the stable build again, with the carts that they have.
    Rollback(Why),
}

/// Why something is done.
#[derive(Args)]
struct Why {
    /// Why, for the journal.
    #[arg(long)]
    reason: Option<String>,
}

/// Percent, with at most two digits behind the point, of 10,000.
fn share(text: &str) -> Result<u16, String> {
    let wrong = || "a share such as 1%, 0.25% or 100%".to_owned();
    let number = text.trim_end_matches('%').trim_end();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || fraction.len() > 2 {
        return Err(wrong());
    }
    let buckets = format!("{whole}{fraction:0<2}").parse::<u16>();
    buckets
        .ok()
        .filter(|buckets| *buckets <= 10_000)
        .ok_or_else(wrong)
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop does not answer, or refuses; the message says what is possible.
pub(crate) fn run(args: &ReleaseArgs) -> Result<()> {
    let client = args.shop.client()?;
    let standing: ReleaseStanding = match wish(&args.task)? {
        Some(wish) => client.put_json(staff::SET_RELEASE, &wish)?,
        None => client.get(staff::READ_RELEASE)?,
    };
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&standing)?),
        false => print!("{}", shown(&standing, clock_ms()?)),
    }
    Ok(())
}

/// What is wanted; `None`: only to look.
fn wish(task: &ReleaseTask) -> Result<Option<SetRelease>> {
    let (mut wish, why) = match task {
        ReleaseTask::Status => return Ok(None),
        ReleaseTask::Next {
            name,
            share,
            window,
            why,
        } => {
            let next = NextRelease {
                name: name.clone(),
                share: *share,
                window_s: u32::try_from(window / 1_000)?,
            };
            let next = Some(next);
            (
                SetRelease {
                    next,
                    ..SetRelease::default()
                },
                why,
            )
        }
        ReleaseTask::Share { share, why } => {
            let share = Some(*share);
            (
                SetRelease {
                    share,
                    ..SetRelease::default()
                },
                why,
            )
        }
        ReleaseTask::Promote(why) => {
            let promote = Some(true);
            (
                SetRelease {
                    promote,
                    ..SetRelease::default()
                },
                why,
            )
        }
        ReleaseTask::Rollback(why) => {
            let rollback = Some(true);
            (
                SetRelease {
                    rollback,
                    ..SetRelease::default()
                },
                why,
            )
        }
    };
    wish.reason.clone_from(&why.reason);
    Ok(Some(wish))
}

/// How they stand at a moment, in milliseconds since 1970, and what can be done next.
fn shown(standing: &ReleaseStanding, now_ms: i64) -> String {
    let out = match &standing.out {
        Some(out) => shown_out(out, now_ms),
        None => "No release is out. Deploy a build as the next storefront, then: souk release next NAME\n"
            .to_owned(),
    };
    let past = standing.past.as_ref().map_or_else(String::new, shown_past);
    format!("{out}{past}")
}

fn shown_out(out: &ReleaseOut, now_ms: i64) -> String {
    let ReleaseOut {
        name,
        share,
        verdict,
        samples_min,
        next,
        stable,
        ..
    } = out;
    let (percent, hundredths) = (share / 100, share % 100);
    let window = match out.is_watched {
        true => {
            let left_s = (out.window_ends_at_ms - now_ms).max(0) / 1_000;
            format!("watched for {left_s} s more, and rolled back by itself where it is bad")
        }
        false => "no longer watched: roll it back by hand where it is bad".to_owned(),
    };
    let verdict = match (&out.fault, verdict.as_str()) {
        (Some(fault), verdict) => format!("{verdict}: {fault}"),
        (None, "gathering") => {
            let has = next.samples;
            format!("gathering: {has} of the {samples_min} samples that a verdict needs")
        }
        (None, verdict) => verdict.to_owned(),
    };
    let row = |lane: &str, figures: &LaneFigures| {
        let LaneFigures {
            samples,
            requests,
            errors,
            slow,
        } = figures;
        let [errors, slow] = [errors, slow].map(|count| of_all(*count, *requests));
        [
            lane.to_owned(),
            samples.to_string(),
            requests.to_string(),
            errors,
            slow,
        ]
    };
    let rows = [row("next", next), row("stable", stable)];
    let lanes = table(["LANE", "SAMPLES", "REQUESTS", "ERRORS", "SLOW"], rows);
    format!("release {name} at {percent}.{hundredths:02} %, {window}\nverdict: {verdict}\n{lanes}")
}

/// A count with its share of all.
fn of_all(count: u64, all: u64) -> String {
    let permille = (count * 1_000).checked_div(all).unwrap_or_default();
    format!("{count} ({}.{} %)", permille / 10, permille % 10)
}

fn shown_past(past: &ReleasePast) -> String {
    let ReleasePast {
        name,
        ended_at_ms,
        is_promoted,
        who,
        why,
    } = past;
    let how = match is_promoted {
        true => "promoted",
        false => "rolled back",
    };
    let why = match why.as_str() {
        "" => String::new(),
        why => format!(": {why}"),
    };
    let at = rfc3339(*ended_at_ms);
    format!("before: {name}, {how} by {who} at {at}{why}\n")
}

#[cfg(test)]
mod tests {
    use souk_operations::RouteClass;
    use souk_operations::release::target_ms;
    use souk_shop_folder::slo;

    use super::*;

    const NOW_MS: i64 = 1_790_000_000_000;

    #[test]
    fn a_share_is_percent_with_two_digits_behind_the_point() {
        for (text, buckets) in [
            ("1%", 100),
            ("1 %", 100),
            ("0.25%", 25),
            ("0.5", 50),
            ("100%", 10_000),
            ("0%", 0),
        ] {
            assert_eq!(share(text), Ok(buckets), "{text}");
        }
        for text in [
            "", "%", "101%", "1.234%", "-1%", "+1%", "1.%", ".5%", "100.01%",
        ] {
            assert!(share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn answers_are_slow_by_the_targets_of_a_shop_that_has_none_of_its_own() {
        let mut problems = Vec::new();
        let targets = slo::read(slo::DEFAULT, &mut problems);
        let of = |class: &str| targets.iter().find(|target| target.class == class);
        for class in RouteClass::ALL {
            let target = of(class.name()).or(of("all")).expect("a target of all");
            assert_eq!(target_ms(class), target.under_ms, "{}", class.name());
        }
    }

    #[test]
    fn a_release_is_shown_with_its_verdict_and_what_to_do() {
        let figures = |samples, requests, errors| LaneFigures {
            samples,
            requests,
            errors,
            slow: 0,
        };
        let out = ReleaseOut {
            name: "r7".to_owned(),
            share: 150,
            began_at_ms: NOW_MS,
            window_ends_at_ms: NOW_MS + 90_000,
            is_watched: true,
            verdict: "gathering".to_owned(),
            fault: None,
            samples_min: 50,
            next: figures(12, 120, 3),
            stable: figures(900, 9_000, 9),
        };
        let past = ReleasePast {
            name: "r6".to_owned(),
            ended_at_ms: NOW_MS,
            is_promoted: false,
            who: "operations".to_owned(),
            why: "31.2 % errors, the stable build 0.1 %".to_owned(),
        };
        let mut standing = ReleaseStanding {
            out: Some(out),
            past: Some(past),
        };
        let text = shown(&standing, NOW_MS);
        for line in [
            "release r7 at 1.50 %, watched for 90 s more, and rolled back by itself where it is bad",
            "verdict: gathering: 12 of the 50 samples that a verdict needs",
            "next    12       120       3 (2.5 %)  0 (0.0 %)",
            "stable  900      9000      9 (0.1 %)  0 (0.0 %)",
            "before: r6, rolled back by operations at 2026-09-21T14:13:20.000Z: \
             31.2 % errors, the stable build 0.1 %",
        ] {
            assert!(
                text.lines().any(|shown| shown.trim_end() == line),
                "{line}\n{text}"
            );
        }
        standing.out = None;
        assert!(shown(&standing, NOW_MS).contains("souk release next NAME"));
    }
}
