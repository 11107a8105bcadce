//! The sales of a shop in its folder: what is wrong with them, and what shoppers see of one.
//!
//! - `show`: a sale for people.
//! - `control`: a published sale is scheduled, paused, resumed and closed; `units`: before a session its
//!   units are moved to the sale, and back after it; `status`: how sales with a waiting room stand.
//!
//! Only these three need a shop: prices come from the folder's own products and terms.

mod control;
mod show;
mod status;
mod units;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;
use souk_catalogue::{Product, Sale};
use souk_protocol::operations::SaleControl;
use souk_shop_folder::sales::{self, id_of};
use souk_shop_folder::settings::Settings;
use souk_shop_folder::terms::ShopTerms;
use souk_shop_folder::{Files, Part, Problem, Severity, suggestion};

pub(crate) use self::control::published;
use self::control::{CloseArgs, ControlArgs, ScheduleArgs};
use self::show::{Shown, counted};
use self::status::StatusArgs;
use super::assemble::utf8;
use super::terms::{Goods, goods, has_error};
use super::{in_json, or_report, report};
use crate::switches::clock_ms;

/// Arguments of `souk sale`.
#[derive(Args)]
pub(crate) struct SaleArgs {
    #[command(subcommand)]
    task: SaleTask,
}

#[derive(Subcommand)]
enum SaleTask {
    /// Says what is wrong in the files of sales.
    Check(CheckArgs),
    /// Moves the units of the next session of a published sale to it, and tells its waiting room about all
    /// sessions. The same command again moves nothing twice, and goes on where it failed.
    Schedule(ScheduleArgs),
    /// Shows how the sales with a waiting room stand.
    Status(StatusArgs),
    /// Stops a sale with a waiting room for a while: shoppers keep their places, and nothing is sold.
    Pause(ControlArgs),
    /// Lets a paused sale go on.
    Resume(ControlArgs),
    /// Ends a sale with a waiting room for good, and moves the units that it has left back; between two
    /// sessions, and without a room once its session is over, only the units.
    Close(CloseArgs),
    /// Shows a sale: its sessions, its prices in each market, and what shoppers see of it.
    Show(ShowArgs),
}

#[derive(Args)]
struct CheckArgs {
    /// The folder of the shop.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Prints one line of JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct ShowArgs {
    /// The id of the sale.
    id: String,
    /// The folder of the shop.
    #[arg(default_value = ".")]
    dir: PathBuf,
}

/// Checks the sales, or shows one.
///
/// # Errors
/// With everything that is wrong in the files, or when there is no such sale.
pub(crate) fn run(args: &SaleArgs) -> Result<()> {
    match &args.task {
        SaleTask::Check(args) => check(args),
        SaleTask::Show(args) => show(args),
        SaleTask::Schedule(args) => control::schedule(args, clock_ms()?),
        SaleTask::Status(args) => status::run(args),
        SaleTask::Pause(args) => control::control(args, SaleControl::Paused),
        SaleTask::Resume(args) => control::control(args, SaleControl::Running),
        SaleTask::Close(args) => control::close(args, clock_ms()?),
    }
}

/// The sales of a folder.
struct Read {
    goods: Goods,
    sales: Vec<Sale>,
    warnings: Vec<Problem>,
}

fn check(args: &CheckArgs) -> Result<()> {
    let read = read(&args.dir, args.json)?;
    report(&read.warnings, args.json);
    if args.json {
        let sales = read.sales.iter().map(|sale| {
            json!({
                "id": sale.id,
                "sessions": sale.sessions.len(),
                "items": sale.items.len(),
                "bytes": sale.encode().len(),
            })
        });
        let done = json!({
            "sales": sales.collect::<Vec<_>>(),
            "warnings": read.warnings.iter().map(in_json).collect::<Vec<_>>(),
        });
        println!("{done}");
        return Ok(());
    }
    println!(
        "{}: {}",
        args.dir.display(),
        counted(read.sales.len(), "sale")
    );
    for sale in &read.sales {
        println!("  {}", read.shown(sale).line());
    }
    Ok(())
}

fn show(args: &ShowArgs) -> Result<()> {
    let read = read(&args.dir, false)?;
    let sale = read.sales.iter().find(|sale| sale.id == args.id);
    let sale = sale.with_context(|| {
        let known = read.sales.iter().map(|sale| sale.id.as_str());
        let instead = suggestion(&args.id, known);
        format!(
            "{} has no sale '{}'; {instead}",
            args.dir.display(),
            args.id
        )
    })?;
    print!("{}", read.shown(sale).text());
    Ok(())
}

impl Read {
    fn shown<'r>(&'r self, sale: &'r Sale) -> Shown<'r> {
        Shown {
            sale,
            markets: &self.goods.shop.terms.markets,
            languages: &self.goods.settings.languages,
            shop: &self.goods.settings.shop,
            now_ms: self.goods.now_ms,
        }
    }
}

fn read(dir: &Path, json: bool) -> Result<Read> {
    let goods = goods(dir, json)?;
    let mut problems = Vec::new();
    let Goods {
        files,
        settings,
        products,
        shop,
        now_ms,
        ..
    } = &goods;
    let sales = sales_of(files, settings, products, shop, &[], *now_ms, &mut problems);
    if has_error(&problems) {
        return or_report(Err(problems), json);
    }
    souk_shop_folder::sort(&mut problems);
    Ok(Read {
        goods,
        sales,
        warnings: problems,
    })
}

/// What the files say about sales. The products have what the terms say about them; `kept` are the
/// parts that are as they are published.
pub(super) fn sales_of(
    files: &Files,
    settings: &Settings,
    products: &[Product],
    terms: &ShopTerms,
    kept: &[Part],
    now_ms: i64,
    problems: &mut Vec<Problem>,
) -> Vec<Sale> {
    let texts = files.iter().filter(|(path, _)| id_of(path).is_some());
    let texts = texts.filter_map(|(path, content)| {
        let text = utf8(path, content, problems)?;
        Some((path.as_str(), text))
    });
    let texts = texts.collect();
    let context = sales::Context {
        languages: &settings.languages,
        markets: &terms.terms.markets,
        products,
        east_s: &|at_ms| settings.shop.east_s(at_ms),
        missing: match kept.contains(&Part::Sales) {
            true => Severity::Warning,
            false => Severity::Error,
        },
        now_ms,
    };
    sales::read(&texts, &context, problems)
}
