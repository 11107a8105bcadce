//! What is offered to filter by: little enough to choose from, in a useful order.

use souk_catalogue::{FacetName, OPTIONS_OFFERED_MAX, OptionName, Text, VALUES_OFFERED_MAX, build};

use crate::shop::{catalogue, facets};

#[test]
fn facets_come_in_order_and_their_values_by_frequency() {
    let snapshot = build(&catalogue(60), None).unwrap();
    let offered = facets(&snapshot, "all").offered;
    let names: Vec<_> = offered.iter().map(|facet| facet.name.clone()).collect();
    let colour = FacetName::Option("Colour".to_owned());
    assert_eq!(
        names,
        [FacetName::Type, colour, FacetName::Vendor, FacetName::Tag]
    );
    for facet in &offered {
        let counts: Vec<_> = facet.values.iter().map(|value| value.products).collect();
        assert!(counts.iter().rev().is_sorted(), "{counts:?}");
        assert!(facet.values.len() <= VALUES_OFFERED_MAX);
        assert!(counts.iter().all(|&count| count >= 2), "{counts:?}");
    }
}

#[test]
fn what_tells_nothing_apart_is_not_offered() {
    let mut catalogue = catalogue(60);
    for (n, product) in catalogue.products.iter_mut().enumerate() {
        product.vendor = "The only maker".to_owned();
        product.product_type = Text::new(format!("One of a kind {n}"));
        product.tags.clear();
        if n >= 5 {
            product.options.clear();
        }
    }
    let facets = facets(&build(&catalogue, None).unwrap(), "all");
    assert_eq!(facets.offered, [], "five of sixty have an option");
    assert!(facets.has_option("Colour"), "but they can be asked for");
    assert!(!facets.has_option("Size"));
}

#[test]
fn the_options_of_most_products_are_offered() {
    let mut catalogue = catalogue(100);
    for (n, product) in catalogue.products.iter_mut().enumerate() {
        product.options[0].name = Text::new(format!("Option {}", 5 - (n % 19).min(5)));
    }
    let facets = facets(&build(&catalogue, None).unwrap(), "all");
    assert_eq!(facets.option_names.len(), 6);
    let options = facets.offered.iter().filter_map(|facet| match &facet.name {
        FacetName::Option(name) => Some(name.as_str()),
        FacetName::Vendor | FacetName::Type | FacetName::Tag => None,
    });
    let options: Vec<_> = options.collect();
    assert_eq!(
        options[0], "Option 0",
        "three quarters of the products have it"
    );
    assert!(options.len() <= OPTIONS_OFFERED_MAX);
}

#[test]
fn names_and_values_keep_their_translations() {
    let mut catalogue = catalogue(12);
    let text = |base: &str, zh: &str| Text::translated(base, [Some(zh.to_owned())]);
    for product in &mut catalogue.products[6..] {
        product.options = vec![OptionName {
            name: text("Colour", "颜色"),
        }];
        for variant in &mut product.variants {
            if variant.option_values[0].base == "Blue" {
                variant.option_values[0] = text("Blue", "蓝色");
            }
        }
    }
    let facets = facets(&build(&catalogue, None).unwrap(), "all");
    let colour = FacetName::Option("Colour".to_owned());
    let colour = facets
        .offered
        .iter()
        .find(|facet| facet.name == colour)
        .unwrap();
    assert_eq!(
        colour.label,
        text("Colour", "颜色"),
        "the first half has no translation"
    );
    let values: Vec<_> = colour.values.iter().map(|value| &value.text).collect();
    assert!(values.contains(&&text("Blue", "蓝色")) && values.contains(&&Text::new("Red")));
}
