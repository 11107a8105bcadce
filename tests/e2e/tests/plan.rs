//! The plan of a night on a shop that runs: linted, approved by two people, armed, carried out by the
//! clock and by hand, over a restart, and taken back.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::{Platform, Shop, eventually_within};
use souk_pages::format::timestamp;
use souk_protocol::plan::PlanStanding;
use souk_protocol::staff::{READ_PLAN, READ_SWITCHES};

/// How long after it is armed the clock fires a step, in seconds.
const LEAD_S: i64 = 8;
/// For everything that needs a second or two.
const SOON: Duration = Duration::from_secs(30);

fn now_ms() -> Result<i64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(i64::try_from(now.as_millis())?)
}

/// A step that the clock fires, one for a person, and a task.
fn plan(fires_ms: i64) -> Result<String> {
    let at = timestamp(fires_ms).context("a date")?;
    Ok(format!(
        r#"[[step]]
id = "clock"
at = {at}
do = ["level 2", "limit order 7 in 60s"]
undo = "auto"
check = {{ all = ["min switches.applied over 1s > 99%"], within = "2s" }}
max = "10m"

[[step]]
id = "crowd"
when = {{ all = ["avg room.waiting over 10s > 1000000"], for = "10s" }}
clear = {{ all = ["avg room.waiting over 10s < 1000"], for = "10s" }}
do = ["switch content read_only"]
undo = "auto"
approval = 2
check = {{ all = ["min switches.applied over 1s > 99%"], within = "10s" }}
max = "10m"

[[step]]
id = "call"
task = "Call the carrier"
owner = "night-shift"
due = {at}
"#
    ))
}

async fn standing(shop: &Shop) -> Result<PlanStanding> {
    let answer = shop.ask_staff("GET", READ_PLAN.path(), None, "").await?;
    ensure!(answer.status == 200, "{}", answer.beginning());
    answer.json()
}

async fn state_of(shop: &Shop, step: &str) -> Result<String> {
    let armed = standing(shop).await?.armed.context("a plan is armed")?;
    let mut steps = armed.steps.into_iter();
    let step = steps
        .find(|one| one.id == step)
        .context("a step of this id")?;
    Ok(step.state)
}

/// The level and the state of the pages, which no level below 5 changes, as the staff see them.
async fn set(shop: &Shop) -> Result<(u8, String)> {
    let answer = shop
        .ask_staff("GET", READ_SWITCHES.path(), None, "")
        .await?;
    let standing: souk_protocol::operations::Standing = answer.json()?;
    let mut switches = standing.switches.into_iter();
    let content = switches.find(|one| one.switch == "content");
    Ok((standing.level, content.context("the switch")?.state))
}

async fn level_becomes(shop: &Shop, level: u8) -> Result<()> {
    let what = format!("level {level}");
    let client = shop.client();
    eventually_within(SOON, &what, async || {
        shop.wake().await?;
        let status: Value = client.get("/api/v1/status").await?.json()?;
        Ok((status["level"] == level).then_some(()))
    })
    .await
}

/// Waits until the journal says whether the check of the step by the clock held.
async fn its_check_is_over(shop: &Shop) -> Result<()> {
    eventually_within(SOON, "the check of a step", async || {
        shop.wake().await?;
        let journal = shop.task("journal", &["export"]).await?;
        let is_said = journal.contains("step clock, episode 1: its check ");
        Ok(is_said.then_some(()))
    })
    .await
}

async fn token(shop: &Shop, name: &str) -> Result<String> {
    let arguments = ["token", "create", name, "--permission", "switches"];
    let printed = shop.task("staff", &arguments).await?;
    Ok(printed.trim().to_owned())
}

async fn a_plan_is_approved_armed_and_carried_out(platform: Platform) -> Result<()> {
    let mut shop = Shop::start(platform).await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("plan.toml");
    let night_shift = token(&shop, "night-shift").await?;
    let day_shift = token(&shop, "day-shift").await?;
    // Publishing and approving take as long as they take: the file is written when they are measured.
    let write = |fires_ms| -> Result<()> { Ok(fs::write(&file, plan(fires_ms)?)?) };
    write(now_ms()? + 3_600_000)?;
    refused_unless_approved(&shop, &file, &night_shift).await?;
    let began_ms = now_ms()?;
    approve(&shop, &file, &[&night_shift, &day_shift]).await?;
    let takes_ms = now_ms()? - began_ms;
    let fires_ms = (now_ms()? + 2 * takes_ms) / 1_000 * 1_000 + LEAD_S * 1_000;
    write(fires_ms)?;
    approve(&shop, &file, &[&night_shift, &day_shift]).await?;
    task(&shop, &["arm"], &file, &night_shift).await?;
    ensure!(
        now_ms()? < fires_ms,
        "the machine was too slow for this test"
    );
    ensure!(
        set(&shop).await? == (0, "on".to_owned()),
        "it is set too early"
    );

    by_hand(&shop, &night_shift, &day_shift).await?;

    level_becomes(&shop, 2).await?;
    ensure!(now_ms()? >= fires_ms, "it fired too early");
    shop.restart().await?;
    level_becomes(&shop, 2).await?;
    ensure!(
        state_of(&shop, "clock").await? == "in_force",
        "it is still in force"
    );
    its_check_is_over(&shop).await?;
    shop.task("plan", &["step", "clock", "end"]).await?;
    level_becomes(&shop, 0).await?;

    shop.task("plan", &["step", "crowd", "fire"]).await?;
    shop.task("plan", &["disarm", "--reason", "good night"])
        .await?;
    ensure!(
        set(&shop).await? == (0, "on".to_owned()),
        "it is taken back"
    );
    ensure!(standing(&shop).await?.armed.is_none(), "none is armed");
    journal_says(&shop).await
}

/// A task of `souk plan` about a file, with a token.
async fn task(shop: &Shop, task: &[&str], file: &Path, token: &str) -> Result<String> {
    let path = file.to_str().context("a path in UTF-8")?;
    shop.task_with(token, "plan", &[task, &[path]].concat())
        .await
}

async fn approve(shop: &Shop, file: &Path, tokens: &[&str]) -> Result<()> {
    for token in tokens {
        task(shop, &["approve"], file, token).await?;
    }
    Ok(())
}

async fn refused_unless_approved(shop: &Shop, file: &Path, token: &str) -> Result<()> {
    task(shop, &["approve"], file, token).await?;
    let refused = task(shop, &["arm"], file, token).await;
    let error = refused.err().context("one approval of two is not enough")?;
    ensure!(format!("{error:#}").contains("approvals"), "{error:#}");
    ensure!(standing(shop).await?.armed.is_none(), "it is not armed");
    Ok(())
}

async fn by_hand(shop: &Shop, owner: &str, other: &str) -> Result<()> {
    let step = async |id: &str, wish: &str, token: &str| {
        shop.task_with(token, "plan", &["step", id, wish]).await
    };
    step("crowd", "fire", owner).await?;
    ensure!(set(shop).await?.1 == "read_only", "a person has fired it");
    step("crowd", "end", other).await?;
    ensure!(set(shop).await?.1 == "on", "and ended it");
    ensure!(
        step("call", "done", other).await.is_err(),
        "another person's task"
    );
    step("call", "done", owner).await?;
    ensure!(
        state_of(shop, "call").await? == "done",
        "its owner has done it"
    );
    Ok(())
}

/// Each thing once, in order, by whom it was.
async fn journal_says(shop: &Shop) -> Result<()> {
    let journal = shop.task("journal", &["export"]).await?;
    souk_operations::verify(&journal, None)?;
    let records: Vec<souk_operations::Record> = journal
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let said = |who: &str, what: &str| {
        let of_it = records
            .iter()
            .filter(|one| one.who == who && one.what.contains(what));
        of_it.count()
    };
    for (who, what, times) in [
        ("night-shift", "approve plan", 3),
        ("day-shift", "approve plan", 2),
        ("night-shift", "arm plan", 1),
        (
            "night-shift",
            "step crowd, episode 1: fired by hand: switch content read_only",
            1,
        ),
        (
            "day-shift",
            "step crowd, episode 1: ended by hand: undone",
            1,
        ),
        ("night-shift", "task call: done", 1),
        ("plan:clock", "episode 1: fired", 1),
        ("plan:clock", "episode 1: its check ", 1),
        ("plan:clock", "", 2),
    ] {
        let found = said(who, what);
        ensure!(found == times, "{who}: {what}: {found} times in {journal}");
    }
    Ok(())
}

souk_e2e::on_every_platform!(a_plan_is_approved_armed_and_carried_out);
