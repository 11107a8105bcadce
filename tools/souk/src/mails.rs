//! `souk mails`: mails that did not get to their buyers.

use anyhow::Result;
use clap::Args;
use souk_protocol::mail::FailedMail;
use souk_protocol::staff;

use crate::orders::{moment, table};
use crate::shop::ShopArgs;

/// Arguments of `souk mails`.
#[derive(Args)]
pub(crate) struct MailsArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop does not answer.
pub(crate) fn run(args: &MailsArgs) -> Result<()> {
    let failed: Vec<FailedMail> = args.shop.client()?.get(staff::LIST_FAILED_MAILS)?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&failed)?),
        false => print!("{}", show(&failed)),
    }
    Ok(())
}

fn show(failed: &[FailedMail]) -> String {
    if failed.is_empty() {
        return "no mail has failed\n".to_owned();
    }
    let rows = failed.iter().map(|mail| {
        [
            moment(mail.at_ms),
            mail.order.clone(),
            mail.mail.name().to_owned(),
            mail.problem.name().to_owned(),
            mail.detail.clone(),
        ]
    });
    table(["at", "order", "mail", "problem", "detail"], rows)
}

#[cfg(test)]
mod tests {
    use souk_domain::MailKind;
    use souk_protocol::mail::MailProblem;

    use super::*;

    #[test]
    fn a_failed_mail_is_one_line() {
        let failed = FailedMail {
            order: "18BCFE56800-0101010101".to_owned(),
            sequence: 3,
            at_ms: 1_795_336_245_678,
            mail: MailKind::Shipped,
            problem: MailProblem::Bounced,
            detail: "Permanent/General".to_owned(),
        };
        let text = show(&[failed]);
        let line = text.lines().nth(1).expect("a line");
        assert!(line.contains("18BCFE56800-0101010101"), "{text}");
        assert!(
            line.contains("shipped") && line.contains("bounced"),
            "{text}"
        );
        assert_eq!(show(&[]), "no mail has failed\n");
    }
}
