//! Staff put a SKU on a shard of its own, and give it back.

use anyhow::{Result, ensure};
use souk_e2e::buyers::{self, Wish};
use souk_e2e::catalogue::{CatalogueFile, single};
use souk_e2e::{Platform, Shop};

use crate::{PRICE, books_add_up, comes_to, home, is_in_place, is_problem, place, shards, skus_of};

const UNITS: u32 = 300;
const BUYERS: usize = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sku_is_pinned_while_people_buy_it_and_is_sold_where_it_is_pinned() -> Result<()> {
    let hot = skus_of(0, "PIN", 1).remove(0);
    let mut shop = Shop::start(Platform::WorkersSharded).await?;
    let file = CatalogueFile::new(&[single(&hot, PRICE, UNITS)])?;
    shop.publish(&file.path()).await?;

    let wish = |number| Wish {
        key: format!("buyer-{number}"),
        sku: hot.clone(),
        quantity: 1,
    };
    let client = shop.client();
    let arguments = ["pin", hot.as_str(), "--to", "2"];
    let (bought, said) = tokio::join!(
        buyers::settle_all(&client, (0..BUYERS).map(wish).collect(), 30),
        shop.task("shards", &arguments),
    );
    let (bought, said) = (bought?, said?);
    ensure!(said.starts_with(&hot), "{said}");
    ensure!(bought.iter().all(|(_, outcome)| outcome.order().is_some()));
    is_in_place(&shop).await?;
    let shown = shop.task("shards", &["show"]).await?;
    ensure!(
        shown.contains("3 shards, every SKU is in its place"),
        "{shown}"
    );
    let pinned = shown.lines().last().unwrap_or_default();
    let pinned: Vec<_> = pinned.split_whitespace().collect();
    ensure!(pinned == [hot.as_str(), "2"], "{shown}");
    let sold = i64::try_from(BUYERS)?;
    let units = i64::from(UNITS);
    comes_to(&shop, &hot, (units, units - sold, 0, sold)).await?;

    // An isolate that knew the layout from before knows it no more.
    shop.restart().await?;
    let client = shop.client();
    let order = place(&client, "pinned", &buyers::order_body(&hot, 1)).await?;
    ensure!(home(&order) == 2, "{order}");
    // Published again, it stays where it is.
    shop.publish(&file.path()).await?;
    let order = place(&client, "published", &buyers::order_body(&hot, 1)).await?;
    ensure!(home(&order) == 2, "{order}");

    shop.task("shards", &["unpin", &hot]).await?;
    is_in_place(&shop).await?;
    ensure!(shards(&shop).await?.pins.is_empty());
    shop.restart().await?;
    let order = place(&shop.client(), "home", &buyers::order_body(&hot, 1)).await?;
    ensure!(home(&order) == 0, "{order}");
    comes_to(&shop, &hot, (units, units - sold - 3, 0, sold + 3)).await?;
    books_add_up(&shop, BUYERS + 3).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pin_that_cannot_be_is_refused_in_words() -> Result<()> {
    let sku = skus_of(0, "REFUSED", 1).remove(0);
    let shop = Shop::start(Platform::WorkersSharded).await?;
    shop.publish(&CatalogueFile::new(&[single(&sku, PRICE, 1)])?.path())
        .await?;
    let refused = shop.task("shards", &["pin", &sku, "--to", "3"]).await;
    let words = format!("{:#}", refused.expect_err("there are three"));
    ensure!(words.contains("3 shards, numbered from 0 to 2"), "{words}");
    let refused = shop.task("shards", &["pin", "NO-SUCH", "--to", "1"]).await;
    let words = format!("{:#}", refused.expect_err("nobody sells it"));
    ensure!(words.contains("no shard sells it"), "{words}");
    let path = souk_protocol::staff::SHARD_PINS_PATH;
    let nonsense = shop.ask_staff("POST", path, None, "{}").await?;
    is_problem(&nonsense, 400, "invalid-request")?;
    ensure!(shards(&shop).await?.pins.is_empty());
    Ok(())
}
