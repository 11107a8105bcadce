//! A crowd, as `souk-load` sends it, and its referee: visitors who come early and late, stay or leave, and
//! bots. `cargo xtask load sale` runs it with thousands of visitors.

use std::env;
use std::str::FromStr;

use anyhow::{Result, ensure};
use souk_e2e::{Platform, Shop, given_seed};
use souk_load::sale::referee::{Broken, PLACE_IS_USED};
use souk_load::sale::{self, AfterSellOut, Events, referee};
use souk_load::scenario::{SaleScenario, Span};
use souk_load::{Generator, Report, Target};

use crate::evening::{Evening, waits_for};

/// Who comes in the checks of the repository, and what is sold to them.
const VISITORS: u32 = 150;
const UNITS: u32 = 6;
/// Orders that are sent when everything is sold.
const ATTEMPTS: u64 = 1_000;

pub(crate) async fn a_crowd_is_served_fairly_and_bots_get_nothing(
    platform: Platform,
) -> Result<()> {
    let (visitors, units) = (asked("VISITORS", VISITORS), asked("UNITS", UNITS));
    let seed = given_seed().unwrap_or(1);
    println!("{platform:?}: {visitors} visitors, {units} units, seed {seed}");
    let shop = Shop::start_with_lasting_instances(platform).await?;
    let mut evening = Evening::begin_on(shop, units).await?;
    let scenario = scenario(visitors)?;
    let generator = Generator::new(Target::parse(evening.shop.client().base())?);
    let events = Events::default();
    let visit = sale::visit(&generator, &scenario, seed, Some(units), &events);
    let visited = evening.while_ticking(visit).await?;
    let report = Report::of(&generator.records(), &generator.steps());
    println!("{}", serde_json::to_string(&report)?);
    let verdict = referee::judge(&visited.events, &visited.facts);
    println!("{}", serde_json::to_string(&verdict)?);
    // A crowd that comes less than twenty seconds before the opening is not known then, so its first
    // places are used some seconds later: `cargo xtask load sale` is the judge of that.
    let is_judged = |broken: &&Broken| visitors > VISITORS || broken.rule != PLACE_IS_USED;
    let broken: Vec<_> = verdict.broken.iter().filter(is_judged).collect();
    ensure!(broken.is_empty(), "{broken:#?}");
    ensure!(
        verdict.tickets == u64::from(visitors),
        "not all have tickets"
    );
    ensure!(
        report
            .statuses
            .keys()
            .all(|status| *status < 500 || *status == 503),
        "{report:?}"
    );

    // Instances that know nothing yet, so that their counters are about what follows.
    evening.shop.restart().await?;
    let after = evening.while_ticking(after_sell_out(&evening)).await?;
    println!("{}", serde_json::to_string(&after)?);
    ensure!(after.holds(), "{after:?}");
    evening.while_ticking(evening.adds_up(units)).await
}

async fn after_sell_out(evening: &Evening) -> Result<AfterSellOut> {
    let client = evening.shop.client();
    waits_for(&client, "sold_out").await?;
    let generator = Generator::new(Target::parse(client.base())?);
    sale::attempts_after_sell_out(&generator, "drop", ATTEMPTS).await
}

fn scenario(visitors: u32) -> Result<SaleScenario> {
    let span = |text| Span::parse(text).map_err(anyhow::Error::msg);
    Ok(SaleScenario {
        id: "drop".to_owned(),
        visitors,
        early: 0.6,
        leave: 0.3,
        bots: 3,
        comes_before: span("1s..8s")?,
        comes_after: span("0s..15s")?,
        stays: span("5s..40s")?,
        buys_after: span("1s..3s")?,
    })
}

/// A size that the environment asks for.
fn asked<T: FromStr>(name: &str, usual: T) -> T {
    let asked = env::var(format!("SOUK_LOAD_{name}")).ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(usual)
}
