//! What shoppers search for, and what they say of the help, gets to the staff as counts, and nothing of
//! a shopper with it.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use souk_e2e::catalogue::{CatalogueFile, Product, single};
use souk_e2e::{Client, Platform, Shop, eventually, tools};

/// Searches that may be about a person: none is counted.
const PLANTED: [(&str, &str); 3] = [
    ("ottoline%40jumblewick.example", "ottoline@jumblewick"),
    ("4242+4242+4242+4242", "4242 4242"),
    ("%2B49+30+9018207316", "9018207316"),
];

/// A search by the API, and one product opened from its page of results.
async fn search(client: &Client) -> Result<()> {
    for query in ["TEA", "zzyzx"] {
        let found = client.get(&format!("/api/v1/search?q={query}")).await?;
        ensure!(found.status == 200, "{}", found.status);
    }
    let referer = format!("{}/search?q=tea", client.base());
    let headers = [("referer", referer.as_str())];
    let opened = client.get_with("/products/tea", &headers).await?;
    ensure!(opened.status == 200, "the product is there");
    Ok(())
}

fn row<'a>(report: &'a Value, list: &str, query: &str) -> Option<&'a Value> {
    let rows = report[list].as_array()?;
    rows.iter().find(|row| row["query"] == query)
}

async fn staff_learn_what_is_searched_for_and_nothing_else(platform: Platform) -> Result<()> {
    let mut shop = Shop::start(platform).await?;
    shop.publish(&CatalogueFile::new(&[single("TEA", 1_000, 9)])?.path())
        .await?;
    let client = shop.client();
    for (query, _) in PLANTED {
        for _ in 0..4 {
            let found = client.get(&format!("/search?q={query}")).await?;
            ensure!(found.status == 200, "{query}: {}", found.status);
        }
    }
    let path = "/staff/v1/reports/search?days=2";
    let report = eventually("three searches of each query and a click", async || {
        search(&client).await?;
        let bearer = shop.bearer();
        let told = client.get_with(path, &[("authorization", &bearer)]).await?;
        ensure!(told.status == 200, "{} {}", told.status, told.beginning());
        let report: Value = told.json()?;
        let is_told = row(&report, "zero", "zzyzx").is_some()
            && row(&report, "top", "tea").is_some_and(|row| row["clicks"] != 0);
        Ok(is_told.then_some(report))
    })
    .await?;
    println!("{platform:?}: {report}");
    ensure!(row(&report, "zero", "tea").is_none(), "{report}");
    let refused = client.get(path).await?;
    ensure!(refused.status == 401, "{}", refused.status);
    // Neither by the address between the functions.
    let batch =
        r#"[{"locale":"en","query":"invented","searches":99,"zero":0,"corrected":0,"clicks":0}]"#;
    let headers = [("content-type", "application/json")];
    let batch = batch.as_bytes().to_vec();
    let path = "/backoffice/v1/tallies";
    let sent = client.send("POST", path, &headers, batch).await?.status;
    ensure!([404, 405].contains(&sent), "a stranger counted: {sent}");
    let printed = shop.task("search", &["report", "--days", "1"]).await?;
    ensure!(
        printed.contains("found nothing:") && printed.contains("zzyzx"),
        "{printed}"
    );
    shop.kill_hard();
    let dump = shop.dump().await?;
    let holds = |text: &str| dump.windows(text.len()).any(|part| part == text.as_bytes());
    ensure!(holds("zzyzx"), "the dump has the counts");
    for (_, planted) in PLANTED {
        ensure!(!holds(planted), "{planted:?} lies in a store or a log");
    }
    Ok(())
}

/// A question with the way on to the contact, an answer that is opened from it and judged, and a
/// question that no answer has.
async fn ask_the_help(client: &Client, answer: &str) -> Result<()> {
    for path in [
        "/en/help?q=sizes",
        "/en/help?q=sizes&contact=true",
        "/en/help?q=zzyzx",
    ] {
        let shown = client.get(path).await?;
        ensure!(shown.status == 200, "{path}: {}", shown.status);
    }
    let referer = format!("{}/en/help?q=sizes", client.base());
    let headers = [("referer", referer.as_str())];
    let opened = client.get_with(answer, &headers).await?;
    ensure!(opened.status == 200, "{answer}: {}", opened.status);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let path = format!("{answer}/feedback");
    let judged = client
        .send("POST", &path, &form, b"helped=yes".to_vec())
        .await?;
    ensure!(judged.status == 303, "{path}: {}", judged.status);
    let thanks = judged.header("location");
    ensure!(thanks == format!("{answer}?thanks#helped"), "{thanks}");
    Ok(())
}

async fn staff_learn_how_often_the_help_helps(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::kontor_folder()).await?;
    let client = shop.client();
    let path = "/staff/v1/reports/help?days=2";
    let report = eventually(
        "three questions without an answer and an opened one",
        async || {
            ask_the_help(&client, "/en/help/groessen").await?;
            let bearer = shop.bearer();
            let told = client.get_with(path, &[("authorization", &bearer)]).await?;
            ensure!(told.status == 200, "{} {}", told.status, told.beginning());
            let report: Value = told.json()?;
            let is_opened = report["answers"][0]["opened"].as_i64() > Some(0);
            let is_told = is_opened && row(&report, "zero", "zzyzx").is_some();
            Ok(is_told.then_some(report))
        },
    )
    .await?;
    println!("{platform:?}: {report}");
    let answers = report["answers"].as_array().cloned().unwrap_or_default();
    let judged = answers.iter().find(|row| row["slug"] == "groessen");
    let judged = judged.with_context(|| format!("no answer in {report}"))?;
    ensure!(judged["locale"] == "en", "{judged}");
    for count in ["opened", "helpful"] {
        ensure!(judged[count].as_i64() > Some(0), "{count}: {judged}");
    }
    ensure!(judged["not_helpful"] == 0, "{judged}");
    let number = |name: &str| report[name].as_i64().unwrap_or_default();
    ensure!(number("answered") > 0, "{report}");
    ensure!(number("contacts") > 0, "{report}");
    ensure!(number("searches") > number("answered"), "{report}");
    let printed = shop.task("answers", &["report", "--days", "1"]).await?;
    ensure!(
        printed.contains("no answer to:") && printed.contains("groessen"),
        "{printed}"
    );
    Ok(())
}

/// The last lamps are bought most, so popularity is the reverse of the order of their names.
async fn searches_are_ordered_by_what_is_bought_most(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    let skus = ["LAMP-A", "LAMP-B", "LAMP-C", "LAMP-D"];
    let lamp = |sku: &&str| Product {
        title: format!("Lamp {sku}"),
        ..single(sku, 1_000, 9)
    };
    let lamps: Vec<_> = skus.iter().map(lamp).collect();
    shop.publish(&CatalogueFile::new(&lamps)?.path()).await?;
    let client = shop.client();
    let path = "/api/v1/search?q=lamp&sort=popular&limit=2";
    let before = client.get(path).await?;
    ensure!(before.status == 200, "{}", before.beginning());
    ensure!(before.header("souk-insights-version") == "0");
    let relevant = "/api/v1/search?q=lamp";
    let plain: Value = client.get(relevant).await?.json()?;
    ensure!(plain["items"][3]["slug"] == "lamp-c", "{plain}");
    let mut orders = "order,sku,quantity,date\n".to_owned();
    for (times, sku) in skus.iter().enumerate() {
        for order in 0..2 * times {
            orders += &format!("{sku}-{order},{sku},1,2026-11-29\n");
        }
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("orders.csv");
    std::fs::write(&file, orders)?;
    let file = file.to_str().context("the path is no text")?;
    shop.task("insights", &["import", "--baskets", file])
        .await?;
    let first = eventually("the insights are read", async || {
        let answer = client.get(path).await?;
        let page: Value = answer.json()?;
        Ok((page["insights_version"] == 1).then_some(page))
    })
    .await?;
    ensure!(first["items"][0]["slug"] == "lamp-d", "{first}");
    ensure!(first["items"][1]["slug"] == "lamp-c", "{first}");
    let next = first["next"].as_str().context("a second page")?;
    let second: Value = client.get(&format!("{path}&cursor={next}")).await?.json()?;
    ensure!(second["items"][0]["slug"] == "lamp-b", "{second}");
    ensure!(second["items"][1]["slug"] == "lamp-a", "{second}");
    // What is bought often comes before what is found alike; the two orders of lamp-b say nothing.
    let learnt: Value = client.get(relevant).await?.json()?;
    for (place, slug) in ["lamp-d", "lamp-c", "lamp-b", "lamp-a"].iter().enumerate() {
        ensure!(learnt["items"][place]["slug"] == *slug, "{learnt}");
    }
    let page = client.get("/search?q=lamp&sort=popular").await?;
    ensure!(page.header("souk-insights-version") == "1");
    Ok(())
}

souk_e2e::on_every_platform!(
    searches_are_ordered_by_what_is_bought_most,
    staff_learn_what_is_searched_for_and_nothing_else,
    staff_learn_how_often_the_help_helps,
);
