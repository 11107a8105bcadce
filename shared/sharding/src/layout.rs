//! Where things belong: pure, and the same for every caller.

use souk_domain::split_sale_sku;
pub use souk_protocol::shards::SHARDS_MAX;

/// Stores that keep the homes of keys. Their number is fixed for ever, because a key must be looked
/// for where it was written; each takes about as many keys in a second as a shard takes orders.
pub const KEY_STORES: u16 = 256;

/// The shard where uses of promotions, what buyers have of a sale and orders of tickets are counted, and so
/// the home of every order with such a promotion or of a sale, whose units are there too. It is the same however many shards there are, because counts do not move.
pub const USES_SHARD: u16 = 0;

/// A store of the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// Orders and stock.
    Shard(u16),
    /// The homes of keys.
    Keys(u16),
}

impl Address {
    /// The name of the object.
    pub fn name(self) -> String {
        match self {
            Address::Shard(number) => format!("origin-{number}"),
            Address::Keys(number) => format!("keys-{number}"),
        }
    }

    /// The store with this name.
    pub fn parse(name: &str) -> Option<Self> {
        let (kind, number) = name.split_once('-')?;
        let number = number.parse().ok()?;
        match kind {
            "origin" if number < SHARDS_MAX => Some(Address::Shard(number)),
            "keys" if number < KEY_STORES => Some(Address::Keys(number)),
            _ => None,
        }
    }
}

/// The store that keeps the home of a key.
pub fn store_of_key(key: &str) -> Address {
    let number = hash(key) % u64::from(KEY_STORES);
    Address::Keys(u16::try_from(number).expect("below the number of stores"))
}

/// The shard that owns a SKU: by the jump consistent hash of Lamping and Veach
/// (arXiv:1406.2294), with which a shard that is added takes its share from each of the others, and
/// nothing else moves.
///
/// What a sale sells is where its limits are counted ([`USES_SHARD`]).
pub fn place_by_hash(sku: &str, shards: u16) -> u16 {
    if split_sale_sku(sku).is_some() {
        return USES_SHARD;
    }
    let (mut key, mut place, mut next) = (hash(sku), 0_u16, 0.0_f64);
    while next < f64::from(shards) {
        // Below `shards`, which fits.
        place = next as u16;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        // 31 bits, which a float holds exactly.
        let random = ((key >> 33) + 1) as f64;
        next = ((f64::from(place) + 1.0) * (f64::from(1_u32 << 31) / random)).floor();
    }
    place
}

/// The number of an order that lives on a shard; that of an order on shard 0 names none.
pub fn name_order(id: &str, home: u16) -> String {
    match home {
        0 => id.to_owned(),
        home => format!("{id}-{home}"),
    }
}

/// The shard on which an order lives, as its number says.
pub fn home_of(order: &str) -> u16 {
    let home = order.splitn(3, '-').nth(2).map(str::parse::<u16>);
    match home {
        Some(Ok(home)) if home < SHARDS_MAX => home,
        // There is no such order anywhere: shard 0 says so.
        Some(_) | None => 0,
    }
}

fn hash(text: &str) -> u64 {
    let hash = blake3::hash(text.as_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skus() -> impl Iterator<Item = String> {
        (0..10_000).map(|number| format!("SKU-{number}"))
    }

    #[test]
    fn skus_are_spread_evenly() {
        for shards in [1_u16, 2, 7, 64] {
            let mut counts = vec![0_i64; usize::from(shards)];
            for sku in skus() {
                counts[usize::from(place_by_hash(&sku, shards))] += 1;
            }
            let even = 10_000 / i64::from(shards);
            assert!(
                counts.iter().all(|&count| (count - even).abs() < even / 2),
                "{shards}: {counts:?}"
            );
        }
    }

    #[test]
    fn what_a_sale_sells_is_where_its_limits_are_counted() {
        for shards in 1..20 {
            assert_eq!(place_by_hash("sale:drop:TEA", shards), USES_SHARD);
        }
    }

    #[test]
    fn a_shard_that_is_added_takes_its_share_and_nothing_else_moves() {
        for shards in 1..20 {
            let moved: Vec<_> = skus()
                .filter(|sku| place_by_hash(sku, shards) != place_by_hash(sku, shards + 1))
                .collect();
            assert!(
                moved
                    .iter()
                    .all(|sku| place_by_hash(sku, shards + 1) == shards)
            );
            let share = 10_000 / usize::from(shards + 1);
            assert!(moved.len().abs_diff(share) < share / 2, "{}", moved.len());
        }
    }

    #[test]
    fn places_never_change() {
        // Units lie where these say: another function would look for them elsewhere.
        let places = ["TEA-1", "TEA-2", "手机", ""].map(|sku| place_by_hash(sku, 1_000));
        assert_eq!(places, [988, 440, 23, 721]);
        assert_eq!(store_of_key("TEA-1"), Address::Keys(156));
    }

    #[test]
    fn the_number_of_an_order_names_its_home() {
        let id = "18BCFE56800-0101010101";
        for home in [0, 1, 17, SHARDS_MAX - 1] {
            assert_eq!(home_of(&name_order(id, home)), home);
        }
        assert_eq!(name_order(id, 0), id);
        for nonsense in [
            "",
            "-",
            "--",
            "a-b-c",
            "a-b-1024",
            "a-b-99999",
            "a-b--1",
            "a-b-1-2",
        ] {
            assert_eq!(home_of(nonsense), 0, "{nonsense}");
        }
    }

    #[test]
    fn stores_have_names() {
        for address in [Address::Shard(0), Address::Shard(12), Address::Keys(255)] {
            assert_eq!(Address::parse(&address.name()), Some(address));
        }
        for nonsense in [
            "",
            "origin",
            "origin-",
            "origin-1024",
            "keys-256",
            "index-1",
        ] {
            assert_eq!(Address::parse(nonsense), None);
        }
    }
}
