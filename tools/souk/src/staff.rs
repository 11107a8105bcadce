//! `souk staff token`: makes, lists and revokes the tokens of the staff API.
//!
//! Not here: what a permission allows (`souk_protocol::staff`), the token that a command uses
//! (`shop`).

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use souk_protocol::staff::{self, CreateToken, Permission, StaffToken, is_token_name};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, Time};

use crate::orders::{moment, random_key, table};
use crate::shop::ShopArgs;

/// Arguments of `souk staff`.
#[derive(Args)]
pub(crate) struct StaffArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: StaffTask,
}

#[derive(Subcommand)]
enum StaffTask {
    /// Makes, lists and revokes tokens: with a token that has the permission `tokens`, or with the
    /// deployment's secret STAFF_TOKEN.
    Token {
        #[command(subcommand)]
        task: TokenTask,
    },
}

#[derive(Subcommand)]
enum TokenTask {
    /// Makes a token and prints it, once.
    Create {
        /// Its name, which lists, the history of orders and the ledgers show.
        name: String,
        /// What it allows; may be given several times.
        #[arg(long = "permission", value_name = "PERMISSION", required = true, value_parser = permission)]
        permissions: Vec<Permission>,
        /// The last day on which it is valid (2027-12-31, in UTC), or the moment at which it ends
        /// (2027-12-31T18:00:00Z).
        #[arg(long, value_name = "DATE", value_parser = end_ms)]
        expires: Option<i64>,
    },
    /// Lists the tokens that are not revoked.
    List,
    /// Revokes a token; every instance refuses it after some seconds.
    Revoke {
        /// Its name.
        name: String,
    },
}

fn permission(text: &str) -> Result<Permission, String> {
    Permission::parse(text).ok_or_else(|| {
        let names = Permission::ALL.map(Permission::name).join(", ");
        format!("one of {names}")
    })
}

/// When a token ends that is valid until then, in milliseconds since 1970.
fn end_ms(text: &str) -> Result<i64, String> {
    let end = match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(end) => Some(end),
        Err(_) => {
            let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
            let next = day.and_then(Date::next_day);
            next.map(|next| OffsetDateTime::new_utc(next, Time::MIDNIGHT))
        }
    };
    let end = end.ok_or("a day such as 2027-12-31, or a moment such as 2027-12-31T18:00:00Z")?;
    Ok(end.unix_timestamp() * 1_000)
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop does not answer, or refuses.
pub(crate) fn run(args: &StaffArgs) -> Result<()> {
    let StaffTask::Token { task } = &args.task;
    let client = args.shop.maker_of_tokens()?;
    match task {
        TokenTask::Create {
            name,
            permissions,
            expires,
        } => {
            let asked = CreateToken {
                name: name.clone(),
                permissions: permissions.clone(),
                expires_at_ms: *expires,
            };
            let made = client.post_once(staff::CREATE_TOKEN, &random_key()?, &asked)?;
            // Alone on its line, so that it can go into a file.
            println!("{}", made.token);
            eprintln!("{}", made_line(&made.about));
        }
        TokenTask::List => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let now_ms = i64::try_from(now.as_millis()).context("the clock of this machine")?;
            print!("{}", list(&client.get(staff::LIST_TOKENS)?, now_ms));
        }
        TokenTask::Revoke { name } => {
            if !is_token_name(name) {
                bail!("'{name}' is no name of a token");
            }
            client.delete(&staff::REVOKE_TOKEN.at(&[name]))?;
            println!(
                "{name} is revoked; every instance refuses it after {} s at most",
                staff::TOKENS_FRESH_MS / 1_000
            );
        }
    }
    Ok(())
}

fn made_line(token: &StaffToken) -> String {
    let until = match token.expires_at_ms {
        Some(end_ms) => format!("until {} UTC", moment(end_ms)),
        None => "until it is revoked".to_owned(),
    };
    format!(
        "{} is valid {until}, for {}; it is shown this once",
        token.name,
        permissions(token)
    )
}

fn permissions(token: &StaffToken) -> String {
    let names = token.permissions.iter().map(|one| one.name());
    names.collect::<Vec<_>>().join(", ")
}

fn list(tokens: &[StaffToken], now_ms: i64) -> String {
    let rows = tokens.iter().map(|token| {
        let expires = match token.expires_at_ms {
            Some(_) if token.is_expired(now_ms) => "expired".to_owned(),
            Some(end_ms) => moment(end_ms),
            None => "never".to_owned(),
        };
        [
            token.name.clone(),
            expires,
            token.last_used_at_ms.map_or("never".to_owned(), moment),
            moment(token.created_at_ms),
            token.created_by.clone(),
            permissions(token),
        ]
    });
    let titles = ["NAME", "EXPIRES", "LAST USED", "MADE", "BY", "PERMISSIONS"];
    table(titles, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_valid_to_its_end_and_a_moment_is_the_end() {
        assert_eq!(end_ms("1970-01-01"), Ok(86_400_000));
        assert_eq!(end_ms("1970-01-02T00:00:01Z"), Ok(86_401_000));
        assert_eq!(end_ms("1970-01-02T01:00:00+01:00"), Ok(86_400_000));
        for wrong in ["", "tomorrow", "2027-02-30", "2027-13-01", "1790000000"] {
            assert!(end_ms(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn permissions_are_named() {
        assert_eq!(permission("metrics"), Ok(Permission::Metrics));
        assert!(permission("everything").unwrap_err().contains("metrics"));
    }

    #[test]
    fn a_list_tells_what_each_token_may_and_whether_it_still_does() {
        let mut token = StaffToken {
            name: "cron".to_owned(),
            permissions: vec![Permission::Metrics, Permission::Tick],
            created_at_ms: 0,
            created_by: "deployment".to_owned(),
            expires_at_ms: Some(60_000),
            last_used_at_ms: None,
        };
        let line = |token: &StaffToken, now_ms| {
            let text = list(std::slice::from_ref(token), now_ms);
            let line = text.lines().nth(1).expect("a line").to_owned();
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect::<Vec<_>>()
                .join("|")
        };
        let made = "1970-01-01 00:00|deployment|metrics, tick";
        let valid = format!("cron|1970-01-01 00:01|never|{made}");
        assert_eq!(line(&token, 59_999), valid);
        assert_eq!(line(&token, 60_000), format!("cron|expired|never|{made}"));
        token.expires_at_ms = None;
        assert_eq!(line(&token, 60_000), format!("cron|never|never|{made}"));
        assert!(made_line(&token).contains("until it is revoked, for metrics, tick"));
    }
}
