//! How an amount is divided so that the parts add up to it.

use crate::places;

/// Divides an amount by weights, in their order: the floor of each share, and what remains by one minor
/// unit to the largest remainders, ties to the earlier. Without any weight nothing is given.
///
/// The amount and the weights are not negative; their sum is below 2^63.
pub fn spread(amount: i64, weights: &[i64]) -> Vec<i64> {
    let whole: i64 = weights
        .iter()
        .fold(0, |sum, &weight| sum.saturating_add(weight));
    if whole <= 0 || amount <= 0 {
        return vec![0; weights.len()];
    }
    let divided = weights
        .iter()
        .map(|&weight| divide(amount, weight.max(0), whole));
    let (mut shares, remainders): (Vec<i64>, Vec<i64>) = divided.unzip();
    let given = shares
        .iter()
        .fold(0_i64, |sum, &share| sum.saturating_add(share));
    let rest = usize::try_from(amount.saturating_sub(given)).unwrap_or(0);
    if rest > 0 {
        let mut order: Vec<usize> = (0..weights.len()).collect();
        places::sort(&mut order, &mut |one, other| {
            remainders[other].cmp(&remainders[one])
        });
        for place in order.into_iter().take(rest) {
            shares[place] += 1;
        }
    }
    shares
}

/// `amount · weight / whole`, floor and remainder.
fn divide(amount: i64, weight: i64, whole: i64) -> (i64, i64) {
    if let Some(product) = amount.checked_mul(weight) {
        return (product / whole, product % whole);
    }
    let (product, whole) = (i128::from(amount) * i128::from(weight), i128::from(whole));
    let narrow = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
    (narrow(product / whole), narrow(product % whole))
}

/// What the first `units` of `of` units have of an amount: `floor(units · amount / of)`. Unit k has what
/// the first k units have less what those before it have.
///
/// `units` may be at most `of`; the amount is not negative.
pub fn share_of_units(amount: i64, of: u32, units: u32) -> i64 {
    if of == 0 {
        return 0;
    }
    let (of, units) = (i64::from(of), i64::from(units.min(of)));
    let (each, rest) = (amount / of, amount % of);
    each * units + rest * units / of
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn remaining_units_go_to_the_largest_remainders_and_ties_to_the_earlier() {
        assert_eq!(spread(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(spread(10, &[333, 333, 334]), [3, 3, 4]);
        assert_eq!(spread(5, &[0, 7, 0]), [0, 5, 0]);
        assert_eq!(spread(5, &[0, 0]), [0, 0]);
        assert_eq!(spread(5, &[]), [0; 0]);
    }

    #[test]
    fn units_of_a_line_differ_by_a_minor_unit_at_most() {
        let first = |units| share_of_units(100, 3, units);
        assert_eq!([first(0), first(1), first(2), first(3)], [0, 33, 66, 100]);
        assert_eq!(share_of_units(i64::MAX, 10_000, 10_000), i64::MAX);
        assert_eq!(share_of_units(5, 0, 1), 0);
    }

    proptest! {
        #[test]
        fn shares_add_up_and_none_is_more_than_its_part(
            weights in prop::collection::vec(0_i64..=1 << 53, 1..40),
            part in 0_i64..=1_000,
        ) {
            let whole: i64 = weights.iter().sum();
            let amount = i64::try_from(i128::from(whole) * i128::from(part) / 1_000).unwrap();
            let shares = spread(amount, &weights);
            prop_assert_eq!(shares.iter().sum::<i64>(), amount);
            for (share, weight) in shares.iter().zip(&weights) {
                prop_assert!((0..=*weight).contains(share), "{share} of {weight}");
            }
        }
    }
}
