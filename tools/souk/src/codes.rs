//! `souk codes`: codes that are good for one order each, such as those on a card in a parcel.
//!
//! Nothing is stored about a code until an order uses it: the shop knows its own by a MAC.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use souk_protocol::origin::{CODES_MAX, CodesReply, MakeCodes};
use souk_protocol::staff;

use crate::client::StaffClient;
use crate::shop::ShopArgs;

/// Numbers of codes have so many bits.
const NUMBER_BITS: u32 = 45;
/// Most codes of one command.
const COUNT_MAX: u32 = 1_000_000;

/// Arguments of `souk codes`.
#[derive(Args)]
pub(crate) struct CodesArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: CodesTask,
}

#[derive(Subcommand)]
enum CodesTask {
    /// Makes codes of a promotion that has `codes = []`, each good for one order.
    Make {
        /// Id of the promotion, as promotions.toml has it. It has to be published.
        promotion: String,
        /// How many.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(COUNT_MAX)))]
        count: u32,
        /// Writes them into a new file, one in a line, in place of the terminal.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop refuses; the message says what is possible.
pub(crate) fn run(args: &CodesArgs) -> Result<()> {
    let CodesTask::Make {
        promotion,
        count,
        out,
    } = &args.task;
    if let Some(path) = out {
        ensure!(
            !path.exists(),
            "{} is there already: codes that were handed out should not be lost. Name another file",
            path.display()
        );
    }
    let client = args.shop.client()?;
    let codes = make(&client, promotion, *count)?;
    let text = codes.join("\n") + "\n";
    match out {
        Some(path) => {
            fs::write(path, text).with_context(|| format!("write {}", path.display()))?;
            eprintln!("{} codes of {promotion} in {}", codes.len(), path.display());
        }
        None => print!("{text}"),
    }
    Ok(())
}

fn make(client: &StaffClient, promotion: &str, count: u32) -> Result<Vec<String>> {
    let mut codes = Vec::new();
    let mut left = count;
    let mut first = random_number()?;
    while left > 0 {
        let part = left.min(CODES_MAX);
        if count > CODES_MAX {
            eprintln!("{} of {count} codes", codes.len());
        }
        let asked = MakeCodes {
            promotion: promotion.to_owned(),
            first,
            count: part,
        };
        match client.post(staff::MAKE_CODES, &asked)? {
            CodesReply::Done { codes: made } => codes.extend(made),
            CodesReply::UnknownPromotion => bail!(
                "the published terms have no promotion '{promotion}'. Add it to promotions.toml and \
                 publish the folder; a promotion of class sale has no codes"
            ),
            CodesReply::NoSeries => bail!(
                "the promotion '{promotion}' has no series. Write codes = [] into its part of \
                 promotions.toml and publish the folder"
            ),
            CodesReply::NoSecret => bail!(
                "the shop has no secret for codes. Set CODE_SECRET of storefront and origin to the \
                 same random text (`openssl rand -hex 32`)"
            ),
        }
        first = (first + u64::from(part)) % (1 << NUMBER_BITS);
        left -= part;
    }
    Ok(codes)
}

/// At random, so that two commands do not make the same codes.
fn random_number() -> Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(u64::from_be_bytes(bytes) >> (u64::BITS - NUMBER_BITS))
}
