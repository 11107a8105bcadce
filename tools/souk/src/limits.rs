//! `souk limits`: how many requests a client may send.
//!
//! Not here: limits of what an order, a buyer or a client may have, which are settings.

use anyhow::Result;
use clap::{Args, Subcommand};
use souk_protocol::operations::RequestLimit;
use souk_protocol::staff::{self, SetLimits};

use crate::orders::table;
use crate::shop::ShopArgs;

/// Arguments of `souk limits`.
#[derive(Args)]
pub(crate) struct LimitsArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    task: LimitsTask,
}

#[derive(Subcommand)]
enum LimitsTask {
    /// Shows them.
    Show,
    /// Sets some; the others stay as they are.
    Set {
        /// Such as order=20/60: a class, how many requests, in how many seconds. Classes are order (orders
        /// that are tried), ticket (tickets of sales) and secret (e-mail addresses of old orders).
        #[arg(required = true, value_name = "CLASS=REQUESTS/SECONDS", value_parser = limit)]
        limits: Vec<RequestLimit>,
        /// Why, for the journal.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Lets all of them be what they are by default.
    Reset {
        /// Why, for the journal.
        #[arg(long)]
        reason: Option<String>,
    },
}

fn limit(text: &str) -> Result<RequestLimit, String> {
    let wrong = || "a limit such as order=20/60: 20 requests in 60 seconds".to_owned();
    let (class, numbers) = text.split_once('=').ok_or_else(wrong)?;
    let (quota, window_s) = numbers.split_once('/').ok_or_else(wrong)?;
    Ok(RequestLimit {
        class: class.to_owned(),
        quota: quota.parse().map_err(|_| wrong())?,
        window_s: window_s.parse().map_err(|_| wrong())?,
    })
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop does not answer, or refuses; the message says what is possible.
pub(crate) fn run(args: &LimitsArgs) -> Result<()> {
    let client = args.shop.client()?;
    let wish = match &args.task {
        LimitsTask::Show => None,
        LimitsTask::Set { limits, reason } => Some(SetLimits {
            limits: changed(client.get(staff::READ_LIMITS)?, limits),
            reason: reason.clone(),
        }),
        LimitsTask::Reset { reason } => Some(SetLimits {
            limits: Vec::new(),
            reason: reason.clone(),
        }),
    };
    let limits: Vec<RequestLimit> = match &wish {
        Some(wish) => client.put_json(staff::SET_LIMITS, wish)?,
        None => client.get(staff::READ_LIMITS)?,
    };
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&limits)?),
        false => print!("{}", shown(&limits)),
    }
    Ok(())
}

/// The limits as they are, with those that are wished in the place of theirs.
fn changed(mut limits: Vec<RequestLimit>, wished: &[RequestLimit]) -> Vec<RequestLimit> {
    for wish in wished {
        match limits.iter_mut().find(|known| known.class == wish.class) {
            Some(known) => known.clone_from(wish),
            None => limits.push(wish.clone()),
        }
    }
    limits
}

fn shown(limits: &[RequestLimit]) -> String {
    let rows = limits.iter().map(|limit| {
        let RequestLimit {
            class,
            quota,
            window_s,
        } = limit;
        [class.clone(), quota.to_string(), window_s.to_string()]
    });
    table(["CLASS", "REQUESTS", "SECONDS"], rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(class: &str, quota: u32, window_s: u32) -> RequestLimit {
        RequestLimit {
            class: class.to_owned(),
            quota,
            window_s,
        }
    }

    #[test]
    fn a_limit_is_a_class_and_two_numbers() {
        assert_eq!(limit("order=20/60"), Ok(of("order", 20, 60)));
        for text in ["order", "order=20", "order=20/m", "order=-1/60", "=", ""] {
            let wrong = limit(text).unwrap_err();
            assert!(wrong.contains("order=20/60"), "{text}: {wrong}");
        }
    }

    #[test]
    fn limits_that_are_not_named_stay() {
        let known = vec![of("order", 30, 60), of("ticket", 30, 60)];
        let changed = changed(known, &[of("ticket", 5, 10), of("other", 1, 1)]);
        let expected = [of("order", 30, 60), of("ticket", 5, 10), of("other", 1, 1)];
        assert_eq!(changed, expected);
    }

    #[test]
    fn they_are_shown_as_a_table() {
        let text = shown(&[of("order", 30, 60)]);
        assert_eq!(text, "CLASS  REQUESTS  SECONDS\norder  30        60\n");
    }
}
