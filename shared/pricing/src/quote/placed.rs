//! What a price has from the place that a parcel goes to: the zones that it lies in, and the rates of
//! tax and duty there.
//!
//! Where two places have the same of all that, every cart costs the same at both.

use std::cmp::Reverse;
use std::fmt::Write;

use super::taxes::Taxing;
use crate::{Market, Place, Stamp, Terms};

/// Names what prices of a market have from a place; the same name means the same prices. `None` where
/// there is no such market.
pub fn place_stamp(terms: &Terms, market: &str, place: &Place) -> Option<Stamp> {
    let number = position(terms, market)?;
    let is_to = |country: &String| country.eq_ignore_ascii_case(&place.country);
    let Market { id, countries, .. } = &terms.markets[number];
    let is_reached = countries.is_empty() || countries.iter().any(is_to);
    let mut text = format!("{id}\n{is_reached}\n");
    let mut add = |part: &dyn std::fmt::Debug| {
        writeln!(text, "{part:?}").expect("a String takes all text");
    };
    let zones = terms.zones.iter().enumerate();
    let zones = zones.filter_map(|(at, zone)| Some((zone.area.closeness(place)?, Reverse(at))));
    let mut zones: Vec<_> = zones.collect();
    zones.sort_unstable();
    for (_, Reverse(at)) in zones {
        add(&terms.zones[at].id);
    }
    let taxing = taxing(terms, number, place, i64::MAX);
    let categories = (0..terms.categories.len()).map(|at| u16::try_from(at).ok());
    for category in std::iter::once(None).chain(categories) {
        for is_duty in [false, true] {
            let rates = taxing.rates(category, is_duty);
            let rates = rates.into_iter().map(|at| &terms.rates[at]);
            let rates = rates.map(|rate| (&rate.name, rate.percent, &rate.free_below));
            add(&rates.collect::<Vec<_>>());
        }
    }
    Some(Stamp::of(text.as_bytes()))
}

/// Of each line, by its category, the places of its rates of tax, or of duty. `goods`: what all lines
/// cost after promotions, in minor units.
pub fn tax_rates(
    terms: &Terms,
    market: &str,
    place: &Place,
    goods: i64,
    (categories, is_duty): (&[Option<u16>], bool),
) -> Vec<Vec<usize>> {
    let Some(number) = position(terms, market) else {
        return Vec::new();
    };
    let taxing = taxing(terms, number, place, goods);
    let lines = categories.iter();
    lines.map(|line| taxing.rates(*line, is_duty)).collect()
}

fn position(terms: &Terms, market: &str) -> Option<usize> {
    terms.markets.iter().position(|known| known.id == market)
}

fn taxing<'a>(terms: &'a Terms, market: usize, place: &'a Place, goods: i64) -> Taxing<'a> {
    Taxing {
        terms,
        market,
        place,
        goods,
    }
}

#[cfg(test)]
mod tests {
    use souk_domain::Currency;

    use super::*;
    use crate::{Area, Percent, TaxRate, Zone};

    fn area(country: &str, regions: &[&str]) -> Area {
        Area {
            countries: vec![country.to_owned()],
            regions: regions.iter().map(|&one| one.to_owned()).collect(),
            postal: Vec::new(),
        }
    }

    fn rate(percent: &str, area: Area, category: Option<u16>) -> TaxRate {
        TaxRate {
            name: "Tax".to_owned(),
            percent: Percent::parse(percent).unwrap(),
            area,
            category,
            ..TaxRate::default()
        }
    }

    fn terms() -> Terms {
        let zone = |id: &str, area| Zone {
            id: id.to_owned(),
            area,
        };
        Terms {
            zones: vec![
                zone("main", area("US", &[])),
                zone("far", area("US", &["HI"])),
            ],
            categories: vec!["books".to_owned()],
            rates: vec![
                rate("5", area("US", &["CA", "NV"]), None),
                rate("5", area("US", &["TX"]), None),
                rate("0", area("US", &["NV"]), Some(0)),
            ],
            ..Terms::plain("us", Currency::USD, "UTC", Vec::new())
        }
    }

    fn place(country: &str, region: &str) -> Place {
        Place {
            country: country.to_owned(),
            region: region.to_owned(),
            postal_code: String::new(),
        }
    }

    #[test]
    fn places_with_the_same_zones_and_rates_have_one_name_and_no_others() {
        let terms = terms();
        let at = |country, region| place_stamp(&terms, "us", &place(country, region));
        assert!(at("US", "CA").is_some());
        assert_eq!(at("US", "CA"), at("US", "TX"));
        for other in [at("US", "NV"), at("US", "HI"), at("US", "OR"), at("CA", "")] {
            assert_ne!(other, at("US", "CA"));
        }
        assert_eq!(place_stamp(&terms, "eu", &place("US", "CA")), None);
    }

    #[test]
    fn a_market_that_does_not_reach_a_place_is_another() {
        let mut terms = terms();
        terms.zones.clear();
        terms.rates.clear();
        let stamp = |terms: &Terms, country| place_stamp(terms, "us", &place(country, ""));
        assert_eq!(stamp(&terms, "US"), stamp(&terms, "MX"));
        terms.markets[0].countries = vec!["US".to_owned()];
        assert_ne!(stamp(&terms, "US"), stamp(&terms, "MX"));
    }

    #[test]
    fn lines_have_the_rates_of_their_categories() {
        let terms = terms();
        let lines = (&[None, Some(0)][..], false);
        let rates = |region| tax_rates(&terms, "us", &place("US", region), 1, lines);
        assert_eq!(rates("NV"), [vec![0], vec![2]]);
        assert_eq!(rates("TX"), [vec![1], vec![1]]);
        assert_eq!(rates("HI"), [vec![], vec![]] as [Vec<usize>; 2]);
    }
}
