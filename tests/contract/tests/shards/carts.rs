//! Orders of which several lines want units of another shard.

use crate::shop::{SKUS, Shop, UNITS, apart};

#[test]
fn two_lines_with_one_sku_of_another_shard_get_units_for_both() {
    let shop = Shop::of(3, &SKUS);
    let (first, other) = apart();
    shop.accept("a", &[(first, 1), (other, 2), (other, 3)]);
    shop.assert_available(other, UNITS - 5);
    shop.rest();
    let account = shop.account(other);
    assert_eq!((account.supplied, account.sold), (UNITS, 5));
    shop.assert_the_books_balance();
}
