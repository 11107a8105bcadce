//! The account of units that a sale has of its own.
//!
//! A sale sells under SKUs of its own, so stock, sold-out holds, audit and repair know its units as any
//! others: `sale:ID:SKU`, of which ID is that of the sale and SKU the merchant's. Units are moved there
//! when a session is scheduled, and back at its end. Shoppers and the packers see the merchant's SKU.
//!
//! Not here: when a sale is on and whom it sells to (`souk_pricing::OfSale`, the room).

use crate::{NameError, Sku};

/// What the SKUs of sales begin with, and no merchant's SKU does.
pub const SALE_SKU_PREFIX: &str = "sale:";
/// Longest id of a sale, in bytes.
pub const SALE_ID_BYTES_MAX: usize = 40;

/// Items of a sale, at most.
pub const SALE_ITEMS_MAX: usize = 20;

/// Whether this is an id of a sale: small letters, digits and hyphens, and not longer than
/// [`SALE_ID_BYTES_MAX`].
pub fn is_sale_id(id: &str) -> bool {
    let fits = (1..=SALE_ID_BYTES_MAX).contains(&id.len());
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    fits && id.bytes().all(is_plain)
}

/// The SKU under which a sale sells what the shop knows as `sku`.
///
/// # Errors
/// When both together are too long for a SKU.
pub fn sale_sku(sale: &str, sku: &Sku) -> Result<Sku, NameError> {
    Sku::parse(&format!("{SALE_SKU_PREFIX}{sale}:{sku}"))
}

/// The id of the sale and the merchant's SKU; `None` for what is always sold.
pub fn split_sale_sku(sku: &str) -> Option<(&str, &str)> {
    let (sale, of) = sku.strip_prefix(SALE_SKU_PREFIX)?.split_once(':')?;
    (is_sale_id(sale) && !of.is_empty()).then_some((sale, of))
}

/// The merchant's SKU, of what a sale sells and of everything else.
pub fn merchant_sku(sku: &str) -> &str {
    split_sale_sku(sku).map_or(sku, |(_, of)| of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_of_a_sale_names_both() {
        let tea = Sku::parse("TEA:250").unwrap();
        let account = sale_sku("drop-1", &tea).unwrap();
        assert_eq!(account.as_str(), "sale:drop-1:TEA:250");
        assert_eq!(
            split_sale_sku(account.as_str()),
            Some(("drop-1", "TEA:250"))
        );
        assert_eq!(merchant_sku(account.as_str()), "TEA:250");
        for other in [
            "TEA:250",
            "sale:",
            "sale:drop",
            "sale:Drop:A",
            "sale::A",
            "sale:d:",
        ] {
            assert_eq!(split_sale_sku(other), None, "{other}");
            assert_eq!(merchant_sku(other), other);
        }
        let long = Sku::parse(&"x".repeat(250)).unwrap();
        assert!(sale_sku("drop", &long).is_err());
    }

    #[test]
    fn an_id_is_a_short_name() {
        for id in ["drop", "11-11", &"a".repeat(SALE_ID_BYTES_MAX)] {
            assert!(is_sale_id(id), "{id}");
        }
        for id in [
            "",
            "Drop",
            "a b",
            "a:b",
            "茶",
            &"a".repeat(SALE_ID_BYTES_MAX + 1),
        ] {
            assert!(!is_sale_id(id), "{id}");
        }
    }
}
