//! Bugs of several stores, and of what the edge refuses by itself.

use super::{Mutant, Place, mutant};

const SHARD_ROUTER: &str = "shared/sharding/src/router/shop.rs";
const SHARD_LAYOUT: &str = "shared/sharding/src/layout.rs";
const SHARD_CALLS: &str = "shared/sharding/src/ask_each.rs";
const SHARD_GROWTH: &str = "shared/origin-sharding/src/growth.rs";
const SHARD_WORK: &str = "shared/origin-sharding/src/transfers.rs";
const SHARD_STORE: &str = "shared/origin-sharding/src/sharded.rs";
const SHARD_TRANSFERS: &str = "shared/order-store-sqlite/src/transfers.rs";
const SQL_GROWTH: &str = "shared/order-store-sqlite/src/growth.rs";
const SQL_LAYOUT: &str = "shared/order-store-sqlite/src/layout.rs";
const EDGE_SOLD_OUT_HOLDS: &str = "shared/storefront/src/origin/sold_out_holds.rs";
const EDGE_ORDERS: &str = "shared/storefront/src/orders/submit.rs";
const EDGE_TOKENS: &str = "shared/order-token/src/lib.rs";
const EDGE_PAYMENT: &str = "shared/storefront/src/checkout/payment.rs";
const SOLD_OUT_HOLD: &str = "shared/stock-signals/src/sold_out_hold/hold.rs";
const SOLD_OUT_HOLD_FILTER: &str = "shared/stock-signals/src/sold_out_hold/key_filter.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Shards,
        "shards: what has arrived is not written down",
        SHARD_TRANSFERS,
        "INSERT INTO arrival (transfer, refused) VALUES (?1, 0)",
        "INSERT INTO arrival (transfer, refused) SELECT ?1, 0 WHERE ?1 IS NULL",
    ),
    mutant(
        Place::Shards,
        "shards: a home that has not booked a transfer may still do so",
        SHARD_TRANSFERS,
        r#""INSERT INTO arrival (transfer, refused) VALUES (?1, 1)
    ON CONFLICT (transfer) DO UPDATE SET refused = refused RETURNING refused";"#,
        r#""SELECT coalesce((SELECT refused FROM arrival
    WHERE transfer = ?1), 1)";"#,
    ),
    mutant(
        Place::Shards,
        "shards: an owner takes its units back without asking their home",
        SHARD_WORK,
        r#"            answer.yes
        }"#,
        r#"            answer.yes && delivery.units == 0
        }"#,
    ),
    mutant(
        Place::Shards,
        "shards: units that were refused elsewhere do not come back",
        SHARD_TRANSFERS,
        "let Some(row) = rows.first().filter(|_| !arrived) else {",
        "let Some(row) = rows.first().filter(|_| !arrived && now_ms < 0) else {",
    ),
    mutant(
        Place::Shards,
        "shards: units leave and stay",
        SHARD_TRANSFERS,
        "session.execute(TAKE_OFF, &taken).await?;",
        "let _: (&str, [Value; 2]) = (TAKE_OFF, taken);",
    ),
    mutant(
        Place::Shards,
        "shards: a SKU is given away and its units stay",
        SQL_GROWTH,
        "UPDATE stock SET supplied = supplied - available, available = 0, offered = 0,",
        "UPDATE stock SET offered = 0,",
    ),
    mutant(
        Place::Shards,
        "shards: a shard that has given a SKU away goes on owning it",
        SQL_GROWTH,
        "guest = 1, sold_out_until_ms = 0 WHERE sku = ?1",
        "guest = 0, sold_out_until_ms = 0 WHERE sku = ?1",
    ),
    mutant(
        Place::Shards,
        "shards: units of a cancelled order stay where no order can take them",
        SHARD_TRANSFERS,
        "WHERE guest = 1 AND available > 0 LIMIT 50",
        "WHERE guest = 1 AND available > 1000 LIMIT 50",
    ),
    mutant(
        Place::Shards,
        "shards: what arrives has no movement",
        SHARD_TRANSFERS,
        r#"book(session, "arrive", sku, units, &arrival.transfer, now_ms).await?;"#,
        r#"let _ = book(session, "arrive", sku, units, &arrival.transfer, now_ms);"#,
    ),
    mutant(
        Place::Shards,
        "shards: a sold-out hold stays behind when its SKU is given away",
        SQL_GROWTH,
        "sold_out_until_ms: row.integer(8)?,",
        "sold_out_until_ms: 0 * row.integer(8)?,",
    ),
    mutant(
        Place::Shards,
        "shards: an order that a sold-out hold refuses takes units of another shard",
        SHARD_TRANSFERS,
        "if souk_stock_signals::sold_out_hold::is_in_force(account.integer(8)?, now_ms) {",
        "if souk_stock_signals::sold_out_hold::is_in_force(account.integer(8)?, now_ms) && available < 0 {",
    ),
    mutant(
        Place::Shards,
        "shards: a SKU that is given away leaves the keys of its orders behind",
        SHARD_GROWTH,
        "            keys.add(page);",
        "            keys.add(SkuKeys { keys: Vec::new(), ..page });",
    ),
    mutant(
        Place::Shards,
        "shards: a SKU that comes twice has its units twice",
        SQL_GROWTH,
        "if !session.execute(KNOWN_ARRIVALS, &known).await?.is_empty() {",
        "if session.execute(KNOWN_ARRIVALS, &known).await?.len() > 1 {",
    ),
    mutant(
        Place::Shards,
        "shards: the stores of keys do not hear of the orders of the only shard",
        SHARD_GROWTH,
        "        keep(peers, &kept.keys).await?;",
        "        keep(peers, &[]).await?;",
    ),
    mutant(
        Place::Shards,
        "shards: a store that does not answer a step of growing is not asked again in it",
        SHARD_CALLS,
        "Some(error) if tries == TRIES_MAX ||",
        "Some(error) if tries < TRIES_MAX ||",
    ),
    mutant(
        Place::Shards,
        "shards: a layout that comes late counts again",
        SQL_LAYOUT,
        "> (layout.shards, coalesce(layout.growing_to, 0))",
        "> (0, coalesce(layout.growing_to, 0) * 0)",
    ),
    mutant(
        Place::Shards,
        "shards: an offer is defined while the shop grows",
        SQL_LAYOUT,
        "Some(layout) if layout.is_closed() => Err(closed()),",
        "Some(layout) if layout.shards == 0 => Err(closed()),",
    ),
    mutant(
        Place::Shards,
        "shards: the number of an order does not name its shard",
        SHARD_LAYOUT,
        r#"home => format!("{id}-{home}"),"#,
        "_ => id.to_owned(),",
    ),
    mutant(
        Place::Shards,
        "shards: the home of a key is where its order would go today",
        SHARD_ROUTER,
        r#"        let KeyHome { home } = self.ask(keeper, shards::KEYS_PATH, &claim).await?;
        Ok(home)"#,
        r#"        let _: KeyHome = self.ask(keeper, shards::KEYS_PATH, &claim).await?;
        Ok(claim.home)"#,
    ),
    mutant(
        Place::Shards,
        "shards: an order is placed by whichever shard it comes to",
        SHARD_STORE,
        "match home.is_some() && home == self.peers.number() {",
        "match home.is_some() {",
    ),
    mutant(
        Place::Shards,
        "shards: of two lines with a SKU of another shard one gets no units",
        SHARD_STORE,
        r#"wanted.entry(sku.to_string()).or_default();
            *units = units.saturating_add(line.quantity);"#,
        r#"wanted.entry(sku.to_string()).or_default();
            *units = line.quantity;"#,
    ),
    mutant(
        Place::Edge,
        "edge: a sold-out hold is honoured longer than the origin keeps to it",
        SOLD_OUT_HOLD,
        "now_ms < self.set_at_ms.saturating_add(VALID_MS)",
        "now_ms < self.set_at_ms.saturating_add(2 * VALID_MS)",
    ),
    mutant(
        Place::Edge,
        "edge: of two sold-out holds of a SKU the older one stays",
        SOLD_OUT_HOLD,
        "holds.sort_by_key(|hold| std::cmp::Reverse((hold.set_at_ms, hold.number)));",
        "holds.sort_by_key(|hold| (hold.set_at_ms, hold.number));",
    ),
    mutant(
        Place::Edge,
        "edge: a key is forgotten by the filter that it is in",
        SOLD_OUT_HOLD_FILTER,
        "bits[byte] |= bit;",
        "bits[byte] = bit;",
    ),
    mutant(
        Place::Edge,
        "edge: an order that was accepted is refused by a sold-out hold",
        EDGE_SOLD_OUT_HOLDS,
        "if sold_out_hold.filter.may_have(&submit.key) {",
        "if sold_out_hold.filter.may_have(&sold_out_hold.sku) {",
    ),
    mutant(
        Place::Edge,
        "edge: no order reaches the origin while there is a sold-out hold",
        EDGE_SOLD_OUT_HOLDS,
        r#"            self.probed_ms.set(Some(now_ms));
        }
        may"#,
        r#"            self.probed_ms.set(Some(now_ms));
        }
        may && now_ms < 0"#,
    ),
    mutant(
        Place::Edge,
        "edge: a SKU that is under a sold-out hold hides behind one that is not",
        EDGE_SOLD_OUT_HOLDS,
        ".filter(|sold_out_hold| sold_out_hold.sku == line.sku);",
        ".filter(|sold_out_hold| sold_out_hold.sku == submit.lines[0].sku);",
    ),
    mutant(
        Place::Edge,
        "edge: a wrong token opens an order",
        EDGE_ORDERS,
        "            && is_token_of(&self.settings.session_secrets, id, token)",
        "            && (!token.is_empty() || is_token_of(&self.settings.session_secrets, id, token))",
    ),
    mutant(
        Place::Edge,
        "edge: the token of one order opens every order",
        EDGE_TOKENS,
        "blake3::keyed_hash(&key, id.as_bytes())",
        "blake3::keyed_hash(&key, &id.as_bytes()[..0])",
    ),
    mutant(
        Place::Edge,
        "edge: a new secret ends every link to an order at once",
        EDGE_TOKENS,
        "        .all()",
        "        .all()\n        .take(1)",
    ),
    mutant(
        Place::Edge,
        "edge: a stranger has the payment of an order looked up",
        EDGE_PAYMENT,
        "        if !self.opens(id, token) {\n            return;",
        "        if !self.opens(id, token) && token.is_empty() {\n            return;",
    ),
];
