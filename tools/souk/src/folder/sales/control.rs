//! A published sale from its announcement to the morning after: scheduled, paused, resumed, closed.
//!
//! Invariants: units are moved before the waiting room gets its sessions, so that no shopper is called for
//! units which are not there yet; a room is closed before its units are taken back. Each command may be
//! given again, and goes on where it failed.
//!
//! Not here: how units are moved (`units`), how a sale stands (`status`).

use anyhow::{Context, Result, bail};
use clap::Args;
use souk_catalogue::{FORMAT, Hash, Manifest, Sale};
use souk_protocol::operations::SaleControl;
use souk_protocol::staff::{self, ChangedSale, SaleSchedule, SetSale, StaffSession};
use souk_room::Session;

use super::show::counted;
use super::units;
use crate::client::StaffClient;
use crate::shop::ShopArgs;
use crate::switches::rfc3339;

/// How long edges may take to know of a change, in seconds.
const KNOWN_WITHIN_S: u32 = 5;

/// Arguments of `souk sale schedule`.
#[derive(Args)]
pub(super) struct ScheduleArgs {
    /// The id of the sale, as it is published.
    id: String,
    #[command(flatten)]
    shop: ShopArgs,
}

/// Arguments of `souk sale pause` and `souk sale resume`.
#[derive(Args)]
pub(super) struct ControlArgs {
    /// The id of a sale with a waiting room.
    id: String,
    /// Why, for the journal.
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    shop: ShopArgs,
}

/// Arguments of `souk sale close`.
#[derive(Args)]
pub(super) struct CloseArgs {
    /// The id of the sale, as it is published.
    id: String,
    /// Ends a sale with a waiting room together with its sessions that are still to come.
    #[arg(long)]
    for_good: bool,
    /// Why, for the journal.
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    shop: ShopArgs,
}

/// Gives the next session its units, and tells the waiting room about all sessions.
///
/// # Errors
/// When the shop has no such sale or too few units, does not answer, or its waiting room refuses; what was
/// moved stays moved, and the same command goes on from there.
pub(super) fn schedule(args: &ScheduleArgs, now_ms: i64) -> Result<()> {
    let client = args.shop.client()?;
    let sale = published(&client, &args.id)?;
    let session = sale.open_sessions(now_ms).next();
    let session = session.with_context(|| format!("every session of '{}' is over", sale.id))?;
    units::give(&client, &sale, session, now_ms)?;
    if sale.room {
        let wish = SetSale {
            schedule: Some(terms(&sale)),
            ..SetSale::default()
        };
        let ChangedSale { record } = set(&client, &sale.id, &wish).with_context(|| {
            let id = &sale.id;
            format!(
                "the units are moved, and the waiting room of '{id}' does not know of them. Where the shop \
                 did not answer, give the same command again: it moves nothing twice. Where a session has \
                 begun or the sale is closed, publish the new sessions as a sale with another id"
            )
        })?;
        let sessions = counted(sale.sessions.len(), "session");
        println!("its waiting room knows of {sessions}: record {record} of the journal");
    }
    println!("{} is scheduled: {}", sale.id, when(session));
    Ok(())
}

/// Pauses a sale, or lets it go on.
///
/// # Errors
/// When the sale has no waiting room or is closed, or the shop does not answer.
pub(super) fn control(args: &ControlArgs, wanted: SaleControl) -> Result<()> {
    let client = args.shop.client()?;
    let id = &args.id;
    let ChangedSale { record } = set(&client, id, &wish(wanted, &args.reason)).with_context(|| {
        format!(
            "'{id}' is not {}. `souk sale status` lists the sales with a waiting room, and `souk sale \
             schedule {id}` gives a published one its own",
            wanted.name()
        )
    })?;
    println!(
        "{id} is {}: shoppers see it within {KNOWN_WITHIN_S} s, record {record} of the journal",
        wanted.name()
    );
    Ok(())
}

/// Ends a sale, and takes back the units that it has left; or, between two sessions, only the units.
///
/// # Errors
/// When the shop has no such sale, the sale is open or has sessions that would be lost, or the shop does
/// not answer; the same command goes on from there.
pub(super) fn close(args: &CloseArgs, now_ms: i64) -> Result<()> {
    let client = args.shop.client()?;
    let sale = published(&client, &args.id)?;
    let end = end_of(&sale, args.for_good, now_ms)?;
    if end == End::ForGood {
        close_room(&client, &sale.id, &args.reason)?;
    }
    units::take_back(&client, &sale).with_context(|| {
        let id = &sale.id;
        format!("not every unit of '{id}' is back: give the same command again")
    })?;
    let to_come = sale.open_sessions(now_ms).count();
    if sale.room && end == End::Units && to_come > 0 {
        let id = &sale.id;
        let sessions = counted(to_come, "session");
        println!("{sessions} of {id} still to come: --for-good ends them, too");
    }
    Ok(())
}

/// What closing a sale ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Its units go back; sessions that are to come stay.
    Units,
    /// The sale is over, and its units go back.
    ForGood,
}

/// What closing a sale ends at a moment, in milliseconds since 1970.
///
/// # Errors
/// When that would end something which the staff may not have thought of.
fn end_of(sale: &Sale, for_good: bool, now_ms: i64) -> Result<End> {
    let id = &sale.id;
    let next = sale.open_sessions(now_ms).next();
    if !sale.room {
        return match next.filter(|next| next.opens_at_ms <= now_ms) {
            Some(open) => bail!("'{id}' is open: {}", when(open)),
            None => Ok(End::Units),
        };
    }
    let is_open = next.is_some_and(|next| next.opens_at_ms <= now_ms);
    let left = sale.open_sessions(now_ms).count();
    let to_come = left - usize::from(is_open);
    // The next session may gather already: one sells until tickets of the next one are given.
    let is_between = !is_open && left < sale.sessions.len();
    let is_called_off = sale.sessions.len() == 1;
    if for_good || to_come == 0 || is_called_off {
        return Ok(End::ForGood);
    }
    if is_between {
        return Ok(End::Units);
    }
    let sessions = counted(to_come, "session");
    bail!(
        "closing is for good, and '{id}' has {sessions} to come: --for-good ends them, too; `souk sale \
         pause {id}` stops it for a while"
    )
}

/// Closes the waiting room of a sale, unless it is closed, or the shop no longer has one for it.
fn close_room(client: &StaffClient, id: &str, reason: &str) -> Result<()> {
    let sales = client.get(staff::READ_SALES)?;
    let closed = SaleControl::Closed.name();
    let is_running = sales
        .iter()
        .any(|known| known.id == id && known.control != closed);
    if !is_running {
        println!("{id} has no waiting room that is open");
        return Ok(());
    }
    let wish = wish(SaleControl::Closed, reason);
    let ChangedSale { record } = set(client, id, &wish).with_context(|| {
        format!(
            "'{id}' is not closed, and its units are where they were: give the same command again"
        )
    })?;
    println!("{id} is closed for good: record {record} of the journal");
    Ok(())
}

fn set(client: &StaffClient, id: &str, wish: &SetSale) -> Result<ChangedSale> {
    client.put_json(staff::SET_SALE.at(&[id]), wish)
}

fn wish(control: SaleControl, reason: &str) -> SetSale {
    SetSale {
        control: Some(control.name().to_owned()),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        ..SetSale::default()
    }
}

/// What the waiting room has to know of a sale.
fn terms(sale: &Sale) -> SaleSchedule {
    let sessions = sale.sessions.iter().map(|session| StaffSession {
        number: session.number,
        gathers_at: rfc3339(session.gathers_at_ms),
        opens_at: rfc3339(session.opens_at_ms),
        closes_at: rfc3339(session.closes_at_ms),
    });
    SaleSchedule {
        sessions: sessions.collect(),
        skus: sale.items.iter().map(|item| item.sku.clone()).collect(),
        limit: sale.limit(),
        overbook_permille: sale.overbook_permille,
        buy_within_ms: sale.buy_within_ms,
    }
}

/// The sale as the shop has published it.
pub(crate) fn published(client: &StaffClient, id: &str) -> Result<Sale> {
    let known = client.get(staff::LIST_PUBLICATIONS)?;
    let published = known
        .published(FORMAT)
        .with_context(|| format!("nothing is published yet in format {FORMAT}: souk publish"))?;
    let head = Hash::parse(&published.manifest).context("the manifest's name is no hash")?;
    let manifest = Manifest::decode(&client.blob(head)?)?;
    let mut sales = manifest.sales.iter();
    let Some((_, blob)) = sales.find(|(known, _)| known == id) else {
        bail!("the shop has published no sale '{id}': publish its folder first");
    };
    Ok(Sale::decode(&client.blob(*blob)?)?)
}

fn when(session: &Session) -> String {
    let Session {
        opens_at_ms,
        closes_at_ms,
        ..
    } = *session;
    format!(
        "from {} until {}",
        rfc3339(opens_at_ms),
        rfc3339(closes_at_ms)
    )
}

#[cfg(test)]
mod tests {
    use souk_catalogue::SaleItem;

    use super::*;

    /// Sessions that gather, open and close at these multiples of a thousand.
    fn sale(sessions: &[[i64; 3]], room: bool) -> Sale {
        let sessions = sessions.iter().zip(7..);
        let sessions = sessions.map(|(&[gathers, opens, closes], number)| Session {
            number,
            gathers_at_ms: gathers * 1_000,
            opens_at_ms: opens * 1_000,
            closes_at_ms: closes * 1_000,
        });
        let item = |sku: &str, limit| SaleItem {
            sku: sku.to_owned(),
            limit,
            ..SaleItem::default()
        };
        Sale {
            id: "drop".to_owned(),
            sessions: sessions.collect(),
            items: vec![item("sale:drop:TEA", 1), item("sale:drop:MUG", 2)],
            buy_within_ms: 300_000,
            overbook_permille: 1_250,
            room,
            ..Sale::default()
        }
    }

    #[test]
    fn a_waiting_room_is_told_every_session_and_what_one_buyer_may_have_of_all_items() {
        let terms = terms(&sale(&[[1, 2, 3], [4, 5, 6]], true));
        let expected = serde_json::json!({
            "sessions": [
                {
                    "number": 7,
                    "gathers_at": "1970-01-01T00:00:01.000Z",
                    "opens_at": "1970-01-01T00:00:02.000Z",
                    "closes_at": "1970-01-01T00:00:03.000Z",
                },
                {
                    "number": 8,
                    "gathers_at": "1970-01-01T00:00:04.000Z",
                    "opens_at": "1970-01-01T00:00:05.000Z",
                    "closes_at": "1970-01-01T00:00:06.000Z",
                },
            ],
            "skus": ["sale:drop:TEA", "sale:drop:MUG"],
            "limit": 3,
            "overbook_permille": 1_250,
            "buy_within_ms": 300_000,
        });
        assert_eq!(serde_json::to_value(terms).unwrap(), expected);
    }

    #[test]
    fn only_what_ends_nothing_else_is_closed_without_another_word() {
        let once = [[10, 20, 30]];
        let twice = [[10, 20, 30], [40, 50, 60]];
        type Case<'a> = (&'a [[i64; 3]], i64, Option<End>);
        let cases: [Case<'_>; 10] = [
            (&once, 5, Some(End::ForGood)),
            (&once, 15, Some(End::ForGood)),
            (&once, 25, Some(End::ForGood)),
            (&once, 30, Some(End::ForGood)),
            (&twice, 5, None),
            (&twice, 25, None),
            (&twice, 30, Some(End::Units)),
            (&twice, 40, Some(End::Units)),
            (&twice, 50, Some(End::ForGood)),
            (&twice, 60, Some(End::ForGood)),
        ];
        for (sessions, now, expected) in cases {
            let sale = sale(sessions, true);
            let end = end_of(&sale, false, now * 1_000);
            assert_eq!(end.ok(), expected, "{sessions:?} at {now}");
            let end = end_of(&sale, true, now * 1_000);
            assert_eq!(end.unwrap(), End::ForGood, "{sessions:?} at {now}");
        }
        let refused = end_of(&sale(&twice, true), false, 25_000).unwrap_err();
        let refused = refused.to_string();
        assert!(refused.contains("1 session to come"), "{refused}");
        assert!(refused.contains("souk sale pause drop"), "{refused}");
    }

    #[test]
    fn a_sale_without_a_room_is_not_closed_while_it_is_open() {
        let sale = sale(&[[10, 20, 30], [40, 50, 60]], false);
        for (now, is_closed) in [(15, true), (20, false), (29, false), (30, true), (60, true)] {
            let end = end_of(&sale, false, now * 1_000).ok();
            assert_eq!(end, is_closed.then_some(End::Units), "at {now}");
        }
    }

    #[test]
    fn a_control_is_sent_with_its_reason_if_there_is_one() {
        let sent = |reason| serde_json::to_value(wish(SaleControl::Paused, reason)).unwrap();
        assert_eq!(sent(""), serde_json::json!({"control": "paused"}));
        let why = serde_json::json!({"control": "paused", "reason": "why"});
        assert_eq!(sent("why"), why);
    }
}
