//! Carts of the command line and of files, and their quotes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use souk_domain::Quantity;
use souk_pricing::{
    Chosen, Context, Facts, GivenCode, Line, Place, Quote, QuoteError, Reason, quote,
};
use souk_protocol::options::{GivenOption, GivenOptions};
use souk_quotes::{AskedLine, choose};
use souk_shop_folder::Resources;
use souk_shop_folder::terms::moment_ms;

use super::{Read, answer, show};
use crate::catalogue::publish::now_ms;
use crate::folder::report;
use crate::folder::resources::WithoutPictures;

/// Arguments of `souk terms quote`.
#[derive(Args)]
pub(super) struct QuoteArgs {
    /// The folder of the shop.
    dir: PathBuf,
    /// A line of the cart.
    #[arg(
        long = "line",
        value_name = "SKU=QUANTITY",
        required_unless_present = "carts"
    )]
    lines: Vec<String>,
    /// An option of a line, by the place of the line from 0: a text, a choice, or nothing for a flag.
    #[arg(long = "option", value_name = "LINE:ID[=VALUE]", requires = "lines")]
    options: Vec<String>,
    /// A code that the buyer has.
    #[arg(long = "code", value_name = "CODE")]
    codes: Vec<String>,
    /// Id of the market; without it the first one.
    #[arg(long)]
    market: Option<String>,
    /// Where the parcel goes: ISO 3166-1 code.
    #[arg(long)]
    country: Option<String>,
    /// Where the parcel goes: code of the region.
    #[arg(long, requires = "country")]
    region: Option<String>,
    /// Where the parcel goes: postal code.
    #[arg(long, requires = "country")]
    postal_code: Option<String>,
    /// Id of the delivery that the buyer has chosen.
    #[arg(long)]
    delivery: Option<String>,
    /// Tier of a member.
    #[arg(long)]
    tier: Option<String>,
    /// The moment whose prices count, in the market's time, such as 2026-11-27T09:00; without it now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Language of titles; without it the shop's own.
    #[arg(long)]
    language: Option<String>,
    /// Prints the quote as JSON.
    #[arg(long)]
    json: bool,
    /// A file with a cart in each line, as JSON of `POST /api/v1/quotes`, perhaps with `at`, `tier` and
    /// `refused`; `-` is standard input. Prints a line of JSON for each.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["lines", "codes", "market", "country", "delivery", "tier", "at"]
    )]
    carts: Option<PathBuf>,
}

/// A cart.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cart {
    market: Option<String>,
    #[serde(default)]
    lines: Vec<CartLine>,
    #[serde(default)]
    codes: Vec<String>,
    place: Option<CartPlace>,
    delivery: Option<String>,
    tier: Option<String>,
    at: Option<String>,
    /// Why promotions are not possible, by their ids: `used-up`, `already-used` or `revoked`.
    #[serde(default)]
    refused: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CartLine {
    sku: String,
    quantity: u32,
    #[serde(default)]
    options: GivenOptions,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CartPlace {
    country: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    postal_code: String,
}

/// A folder with its offers by SKU.
pub(super) struct Offers<'r> {
    pub(super) read: &'r Read,
    facts: BTreeMap<&'r str, &'r Facts>,
    now_ms: i64,
    language: &'r str,
}

/// A cart with its quote.
pub(super) struct Priced<'c> {
    pub(super) lines: Vec<AskedLine<'c>>,
    pub(super) codes: &'c [String],
    pub(super) quote: Quote,
    pub(super) language: &'c str,
    pub(super) at_ms: i64,
}

pub(super) fn run(args: &QuoteArgs) -> Result<()> {
    let read = super::read(&args.dir, args.json || args.carts.is_some())?;
    let own = read.settings.languages.first();
    let language = args.language.as_ref().or(own).map_or("", String::as_str);
    ensure!(
        args.language.is_none() || read.settings.languages.iter().any(|code| code == language),
        "the shop does not speak this language"
    );
    let facts = read.facts.iter();
    let offers = Offers {
        facts: facts.map(|facts| (facts.sku.as_str(), facts)).collect(),
        read: &read,
        now_ms: now_ms()?,
        language,
    };
    if let Some(file) = &args.carts {
        return match file.as_os_str() == "-" {
            true => offers.quote_all(io::stdin().lock()),
            false => {
                let file = File::open(file).with_context(|| file.display().to_string())?;
                offers.quote_all(BufReader::new(file))
            }
        };
    }
    let cart = cart(args)?;
    let priced = offers.price(&cart)?;
    let terms = &read.shop.terms;
    match args.json {
        true => println!("{:#}", answer::json(terms, &priced)),
        false => {
            report(&read.warnings, false);
            print!("{}", show::table(terms, &priced));
        }
    }
    Ok(())
}

/// The cart of the command line.
fn cart(args: &QuoteArgs) -> Result<Cart> {
    let mut lines = Vec::new();
    for line in &args.lines {
        let (sku, quantity) = line
            .rsplit_once('=')
            .with_context(|| format!("--line {line}: write SKU=QUANTITY"))?;
        let quantity = quantity
            .parse()
            .with_context(|| format!("--line {line}: '{quantity}' is no quantity"))?;
        let sku = sku.to_owned();
        let options = GivenOptions::new();
        lines.push(CartLine {
            sku,
            quantity,
            options,
        });
    }
    for option in &args.options {
        give(&mut lines, option).with_context(|| format!("--option {option}"))?;
    }
    let place = args.country.as_ref().map(|country| CartPlace {
        country: country.clone(),
        region: args.region.clone().unwrap_or_default(),
        postal_code: args.postal_code.clone().unwrap_or_default(),
    });
    Ok(Cart {
        market: args.market.clone(),
        lines,
        codes: args.codes.clone(),
        place,
        delivery: args.delivery.clone(),
        tier: args.tier.clone(),
        at: args.at.clone(),
        refused: BTreeMap::new(),
    })
}

/// Adds an option of the command line to its line.
fn give(lines: &mut [CartLine], option: &str) -> Result<()> {
    let (line, said) = option.split_once(':').context("write LINE:ID=VALUE")?;
    let line: usize = line.parse().context("lines are counted from 0")?;
    let line = lines.get_mut(line).context("there is no such line")?;
    let (id, given) = match said.split_once('=') {
        Some((id, text)) => (id, GivenOption::Text(text.to_owned())),
        None => (said, GivenOption::Yes),
    };
    line.options.insert(id.to_owned(), given);
    Ok(())
}

impl<'r> Offers<'r> {
    /// Prints a line of JSON for each cart.
    fn quote_all(&self, carts: impl BufRead) -> Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for line in carts.lines() {
            let line = line.context("read the carts")?;
            let cart: Cart = serde_json::from_str(&line).with_context(|| line.clone())?;
            let answer = match self.price(&cart) {
                Ok(priced) => answer::json(&self.read.shop.terms, &priced),
                Err(error) => json!({ "error": format!("{error:#}") }),
            };
            writeln!(out, "{answer}")?;
        }
        out.flush().context("write the quotes")
    }

    fn price<'c>(&'c self, cart: &'c Cart) -> Result<Priced<'c>> {
        let markets = &self.read.shop.terms.markets;
        let first = markets.first().map_or("", |market| market.id.as_str());
        let market = cart.market.as_deref().unwrap_or(first);
        let at_ms = self.moment(market, cart.at.as_deref())?;
        let chosen = self.chosen(market, at_ms, cart)?;
        let mut lines = Vec::new();
        for (line, options) in cart.lines.iter().zip(&chosen) {
            let facts = self.facts.get(line.sku.as_str());
            let facts = *facts.with_context(|| format!("there is no sku '{}'", line.sku))?;
            let quantity = Quantity::new(line.quantity);
            let quantity = quantity.with_context(|| format!("the quantity of '{}'", line.sku))?;
            lines.push(Line {
                facts,
                quantity,
                options,
            });
        }
        let place = cart.place.as_ref().map(|place| Place {
            country: place.country.clone(),
            region: place.region.clone(),
            postal_code: place.postal_code.clone(),
        });
        let codes: Vec<_> = cart.codes.iter().map(|code| GivenCode::new(code)).collect();
        let refused = cart.refused.iter();
        let refused: Result<Vec<_>> = refused
            .map(|(id, reason)| Ok((id.as_str(), refusal(reason)?)))
            .collect();
        let context = Context {
            at_ms,
            market,
            place: place.as_ref(),
            codes: &codes,
            delivery: cart.delivery.as_deref(),
            tier: cart.tier.as_deref(),
            refused: &refused?,
        };
        Ok(Priced {
            lines: cart.lines.iter().map(asked).collect(),
            codes: &cart.codes,
            quote: quote(&self.read.shop.terms, &lines, &context)?,
            language: self.language,
            at_ms,
        })
    }

    /// The options of every line that are priced, as far as the lines are sold: the engine says of one
    /// that is not.
    fn chosen(&self, market: &str, at_ms: i64, cart: &Cart) -> Result<Vec<Chosen>> {
        let terms = &self.read.shop.terms;
        let mut chosen = vec![Chosen::new(); cart.lines.len()];
        let mut markets = terms.markets.iter();
        let Some(market) = markets.find(|known| known.id == market) else {
            return Ok(chosen);
        };
        for (place, line) in cart.lines.iter().enumerate() {
            let facts = self.facts.get(line.sku.as_str());
            let Some(facts) = facts.filter(|one| one.price(&market.id, at_ms).is_some()) else {
                break;
            };
            let options = choose(terms, facts, market.currency, &line.options);
            chosen[place] = options.map_err(|errors| {
                let errors = errors.iter();
                let errors = errors.map(|error| format!("{} {}", error.pointer, error.detail));
                let errors: Vec<_> = errors.collect();
                anyhow!("{}: {}", QuoteError::Options(place), errors.join(", "))
            })?;
        }
        Ok(chosen)
    }

    /// A moment in the time of a market; now where none is named.
    fn moment(&self, market: &str, text: Option<&str>) -> Result<i64> {
        let Some(text) = text else {
            return Ok(self.now_ms);
        };
        let mut markets = self.read.shop.terms.markets.iter();
        let market = markets.find(|known| known.id == market);
        let market = market.context("there is no such market")?;
        let resources = WithoutPictures {
            now_ms: self.now_ms,
        };
        let offsets = resources.offsets(&market.time_zone);
        let offsets = offsets.map_err(anyhow::Error::msg)?;
        moment_ms(text, &offsets).with_context(|| format!("'{text}' is no moment"))
    }
}

fn asked(line: &CartLine) -> AskedLine<'_> {
    AskedLine {
        sku: &line.sku,
        options: &line.options,
    }
}

/// A reason that only a shop knows.
fn refusal(name: &str) -> Result<Reason> {
    let known = [
        Reason::UsedUp,
        Reason::AlreadyUsed,
        Reason::Revoked,
        Reason::Suspended,
    ];
    match known.into_iter().find(|reason| reason.name() == name) {
        Some(reason) => Ok(reason),
        None => bail!("'{name}' is no reason that a promotion is refused for"),
    }
}
