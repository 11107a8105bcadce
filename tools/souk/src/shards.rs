//! `souk shards`: over how many stores an origin is spread, and where SKUs are.
//!
//! Moving SKUs is the origin's work and goes on by itself; this shows how far it is, and says where
//! a SKU is to be.

use std::fmt::Write;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use souk_protocol::shards::{Layout, Pin, PinReply};
use souk_protocol::staff;

use crate::client::StaffClient;
use crate::orders::table;
use crate::shop::ShopArgs;

/// Arguments of `souk shards`.
#[derive(Args)]
pub(crate) struct ShardsArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: Option<ShardsTask>,
}

#[derive(Subcommand)]
enum ShardsTask {
    /// Shows how many shards there are, which SKUs are pinned, and how many are to move.
    Show,
    /// Puts a SKU on a shard, where it stays whatever the number of shards.
    Pin {
        /// Which.
        sku: String,
        /// The number of the shard; the first one is 0.
        #[arg(long, value_name = "SHARD")]
        to: u16,
    },
    /// Gives a SKU back to the place that its hash says.
    Unpin {
        /// Which.
        sku: String,
    },
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop refuses; the message says why.
pub(crate) fn run(args: &ShardsArgs) -> Result<()> {
    let client = args.shop.client()?;
    match &args.task {
        None | Some(ShardsTask::Show) => {
            let layout: Layout = client.get(staff::SHARDS_PATH)?;
            print!("{}", shown(&layout));
            Ok(())
        }
        Some(ShardsTask::Pin { sku, to }) => place(&client, sku, Some(*to)),
        Some(ShardsTask::Unpin { sku }) => place(&client, sku, None),
    }
}

fn place(client: &StaffClient, sku: &str, shard: Option<u16>) -> Result<()> {
    let pin = Pin {
        sku: sku.to_owned(),
        shard,
    };
    println!(
        "{}",
        placed(&pin, &client.post(staff::SHARD_PINS_PATH, &pin)?)?
    );
    Ok(())
}

fn shown(layout: &Layout) -> String {
    let mut text = match layout.misplaced {
        0 => format!("{} shards, every SKU is in its place\n", layout.shards),
        1 => format!("{} shards, 1 SKU is to move\n", layout.shards),
        many => format!("{} shards, {many} SKUs are to move\n", layout.shards),
    };
    if layout.has_older_keys {
        text.push_str("keys of older orders are being handed over\n");
    }
    if (1..layout.shards).contains(&layout.deployed) {
        let Layout {
            shards, deployed, ..
        } = layout;
        writeln!(
            text,
            "ORIGIN_SHARDS is {deployed}, which is not followed: set it to {shards}"
        )
        .expect("a String takes all text");
    }
    if !layout.pins.is_empty() {
        let rows = layout.pins.iter();
        let rows = rows.map(|(sku, shard)| [sku.clone(), shard.to_string()]);
        write!(text, "\n{}", table(["PINNED", "SHARD"], rows)).expect("a String takes all text");
    }
    text
}

fn placed(pin: &Pin, reply: &PinReply) -> Result<String> {
    let Pin { sku, shard } = pin;
    let place = match shard {
        Some(shard) => format!("shard {shard}"),
        None => "the place of its hash".to_owned(),
    };
    Ok(match reply {
        PinReply::Done => format!("{sku} is on {place}"),
        PinReply::Moving => {
            format!("{sku} is on its way to {place}: `souk shards` shows the end of it")
        }
        // The staff API says both as problems.
        PinReply::UnknownSku => bail!("no shard sells '{sku}'"),
        PinReply::UnknownShard { shards } => bail!("there are {shards} shards, from 0 on"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_names_pins_and_what_is_to_move() {
        let mut layout = Layout {
            shards: 3,
            pins: [("TEA".to_owned(), 2)].into(),
            deployed: 3,
            has_older_keys: false,
            misplaced: 0,
        };
        let text = shown(&layout);
        assert!(
            text.starts_with("3 shards, every SKU is in its place\n"),
            "{text}"
        );
        let last: Vec<_> = text.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(last, ["TEA", "2"]);
        layout.pins.clear();
        layout.misplaced = 40;
        assert_eq!(shown(&layout), "3 shards, 40 SKUs are to move\n");
        (layout.deployed, layout.has_older_keys, layout.misplaced) = (2, true, 0);
        assert_eq!(
            shown(&layout),
            "3 shards, every SKU is in its place\n\
             keys of older orders are being handed over\n\
             ORIGIN_SHARDS is 2, which is not followed: set it to 3\n"
        );
    }

    #[test]
    fn what_became_of_a_pin_is_said() {
        let mut pin = Pin {
            sku: "TEA".to_owned(),
            shard: Some(2),
        };
        assert_eq!(placed(&pin, &PinReply::Done).unwrap(), "TEA is on shard 2");
        pin.shard = None;
        let moving = placed(&pin, &PinReply::Moving).unwrap();
        assert!(
            moving.starts_with("TEA is on its way to the place of its hash"),
            "{moving}"
        );
        assert!(placed(&pin, &PinReply::UnknownSku).is_err());
        assert!(placed(&pin, &PinReply::UnknownShard { shards: 3 }).is_err());
    }
}
