//! `souk terms revoke`: no order may use a promotion from now on, whatever is published.

use anyhow::{Result, bail};
use clap::Args;
use souk_protocol::origin::{REVOKED_MAX, Revoke, RevokeReply};
use souk_protocol::staff;

use crate::shop::ShopArgs;

#[derive(Args)]
pub(super) struct RevokeArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// Id of the promotion; without it those that are revoked are listed.
    promotion: Option<String>,
    /// Orders may use it again.
    #[arg(long, requires = "promotion")]
    undo: bool,
}

/// Revokes a promotion, or takes that back.
///
/// # Errors
/// When the shop refuses; the message says what is possible.
pub(super) fn run(args: &RevokeArgs) -> Result<()> {
    let RevokeArgs {
        promotion, undo, ..
    } = args;
    let asked = Revoke {
        promotion: promotion.clone(),
        undo: *undo,
    };
    let client = args.shop.client()?;
    let id = promotion.as_deref().unwrap_or_default();
    match client.post(staff::REVOKE_PROMOTION, &asked)? {
        RevokeReply::Done { revoked } => {
            print!("{}", text(promotion.as_deref(), *undo, &revoked));
            Ok(())
        }
        RevokeReply::UnknownPromotion => bail!(
            "the published terms have no promotion '{id}'. A promotion of class sale is a price: \
             publish the folder without it"
        ),
        RevokeReply::TooMany => bail!(
            "{REVOKED_MAX} promotions are revoked, and no more can be. Take back those that are no \
             longer published: `souk terms revoke ID --undo`"
        ),
    }
}

fn text(promotion: Option<&str>, undo: bool, revoked: &[String]) -> String {
    match (promotion, undo) {
        (Some(id), false) => format!(
            "{id} is revoked: no order can use it. Pages show it until you publish the folder \
             without it\n"
        ),
        (Some(id), true) => {
            format!("{id} is not revoked: orders can use it while it is published\n")
        }
        (None, _) if revoked.is_empty() => "no promotion is revoked\n".to_owned(),
        (None, _) => revoked.iter().map(|id| format!("{id}\n")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_said_and_what_is_next() {
        let revoked = ["gift".to_owned(), "welcome".to_owned()];
        assert_eq!(text(None, false, &revoked), "gift\nwelcome\n");
        assert_eq!(text(None, false, &[]), "no promotion is revoked\n");
        assert!(text(Some("gift"), false, &revoked).contains("publish the folder without it"));
        assert!(text(Some("gift"), true, &[]).starts_with("gift is not revoked"));
    }
}
