//! What is true of every quote, whatever the terms and the cart are.

#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use souk_domain::{Currency, Quantity};
use souk_pricing::{
    Action, Amount, Amounts, Area, Chosen, Class, CodeHash, Context, Cut, DeliveryRate,
    DeliveryTax, Facts, GivenCode, Line, LineOption, Market, MarketPrices, Method, MethodKind,
    Minimum, OptionChoice, OptionKind, Percent, Price, Promotion, Quote, QuoteError, Run, Step,
    Target, TaxMode, TaxRate, TaxRounding, Terms, Title, quote,
};

const GROUPS: u16 = 4;

fn usd(minor: i64) -> Amounts {
    let currency = Currency::USD;
    Amounts(vec![Amount { currency, minor }])
}

fn percent() -> impl Strategy<Value = Percent> {
    prop_oneof![
        Just("10"),
        Just("33.3333"),
        Just("100"),
        Just("0.5"),
        Just("19")
    ]
    .prop_map(|text| Percent::parse(text).unwrap())
}

fn amounts() -> impl Strategy<Value = Amounts> {
    prop_oneof![
        4 => (0_i64..4_000).prop_map(usd),
        1 => any::<i64>().prop_map(usd),
        1 => Just(Amounts::default()),
    ]
}

fn cut() -> impl Strategy<Value = Cut> {
    prop_oneof![
        percent().prop_map(Cut::Percent),
        amounts().prop_map(Cut::Amount)
    ]
}

fn minimum() -> impl Strategy<Value = Minimum> {
    let units = prop_oneof![Just(0), 0_u32..6];
    (amounts(), units).prop_map(|(subtotal, units)| Minimum { subtotal, units })
}

fn action() -> impl Strategy<Value = Action> {
    let step = (minimum(), cut()).prop_map(|(at, cut)| Step { at, cut });
    let units = || prop_oneof![0_u32..4, Just(u32::MAX)];
    prop_oneof![
        3 => cut().prop_map(Action::Cut),
        1 => (amounts(), amounts()).prop_map(|(every, amount)| Action::Every { every, amount }),
        2 => (units(), units(), percent()).prop_map(|(buy, get, percent)| Action::BuyGet {
            buy,
            get,
            percent
        }),
        1 => prop::collection::vec(step, 0..3).prop_map(Action::Steps),
    ]
}

fn class() -> impl Strategy<Value = Class> {
    prop_oneof![Just(Class::Line), Just(Class::Order), Just(Class::Delivery)]
}

prop_compose! {
    fn promotion()(
        id in "[a-z]{6}",
        class in class(),
        priority in -2_i32..3,
        group in prop::option::weighted(0.2, Just("g".to_owned())),
        is_exclusive in prop::bool::weighted(0.1),
        stacks_with in prop::collection::vec(class(), 0..4),
        has_code in prop::bool::weighted(0.2),
        when in minimum(),
        products in prop::option::of(0..GROUPS),
        action in action(),
        discount_max in amounts(),
    ) -> Promotion {
        Promotion {
            title: Title { own: id.clone(), others: Vec::new() },
            id,
            class,
            runs: vec![Run::default()],
            tiers: Vec::new(),
            priority,
            group,
            is_exclusive,
            stacks_with,
            codes: has_code.then(|| vec![CodeHash::of("SALE")]),
            when: if priority == 0 { when } else { Minimum::default() },
            products,
            action,
            discount_max: if priority == 1 { discount_max } else { Amounts::default() },
            uses_max: None,
            uses_per_buyer_max: None,
        }
    }
}

prop_compose! {
    fn option()(
        products in prop::option::of(0..GROUPS),
        has_choices in any::<bool>(),
        own in 0_i64..900,
        dear in 0_i64..900,
        lead_days in 0_u16..9,
    ) -> LineOption {
        let choice = |id: &str, minor| OptionChoice {
            id: id.to_owned(),
            title: Title::default(),
            surcharge: usd(minor),
        };
        LineOption {
            id: String::new(),
            title: Title::default(),
            products,
            kind: match has_choices {
                true => OptionKind::Choice(vec![choice("plain", 0), choice("dear", dear)]),
                false => OptionKind::Flag,
            },
            is_required: false,
            surcharge: usd(own),
            lead_days,
        }
    }
}

prop_compose! {
    fn terms()(
        promotions in prop::collection::vec(promotion(), 0..24),
        is_included in any::<bool>(),
        by_line in any::<bool>(),
        delivery_tax in prop_oneof![
            Just(DeliveryTax::Standard), Just(DeliveryTax::ProRata), Just(DeliveryTax::None)
        ],
        rates in prop::collection::vec((percent(), prop::option::of(0_u16..2), any::<bool>()), 0..4),
        shipping in 0_i64..2_000,
        options in prop::collection::vec(option(), 0..4),
    ) -> Terms {
        let options = options.into_iter().enumerate();
        let options = options.map(|(at, option)| LineOption { id: at.to_string(), ..option });
        let mut promotions = promotions;
        promotions.sort_by(|a, b| a.id.cmp(&b.id));
        promotions.dedup_by(|a, b| a.id == b.id);
        let market = Market {
            id: "us".to_owned(),
            path: String::new(),
            currency: Currency::USD,
            countries: Vec::new(),
            time_zone: "Etc/UTC".to_owned(),
            tax: if is_included { TaxMode::Included } else { TaxMode::Added },
            tax_rounding: if by_line { TaxRounding::Line } else { TaxRounding::Order },
            delivery_tax,
            languages: Vec::new(),
            title: None,
        };
        let rate = |(number, (percent, category, is_duty)): (usize, (Percent, Option<u16>, bool))| TaxRate {
            name: format!("tax {number}"),
            percent,
            category,
            is_duty,
            area: Area::default(),
            ..TaxRate::default()
        };
        let method = Method {
            id: "standard".to_owned(),
            title: Title::default(),
            kind: MethodKind::Ship,
            markets: Vec::new(),
            days: None,
            rates: vec![DeliveryRate { amount: usd(shipping), ..DeliveryRate::default() }],
            points: Vec::new(),
        };
        Terms {
            markets: vec![market],
            methods: vec![method],
            categories: vec!["a".to_owned(), "b".to_owned()],
            rates: rates.into_iter().enumerate().map(rate).collect(),
            promotions,
            options: options.collect(),
            ..Terms::default()
        }
    }
}

prop_compose! {
    fn facts()(
        minor in prop_oneof![0_i64..5_000, Just(999), 0_i64..=1 << 53],
        groups in prop::collection::btree_set(0..GROUPS + 2, 0..4),
        category in prop::option::of(0_u16..3),
        weight_g in any::<u32>(),
    ) -> Facts {
        let price = Price { from_ms: 0, minor: Some(minor), ..Price::default() };
        Facts {
            sku: "X".to_owned(),
            prices: vec![MarketPrices { market: "us".to_owned(), timeline: vec![price] }],
            groups: groups.into_iter().collect(),
            weight_g,
            category,
            ..Facts::default()
        }
    }
}

fn cart() -> impl Strategy<Value = Vec<(Facts, u32)>> {
    let quantity = prop_oneof![4 => 1_u32..8, 1 => 1_u32..=10_000];
    prop::collection::vec((facts(), quantity), 0..12)
}

/// Of the options that the offer of a line has every second one, the dear choice in turn.
fn chosen(terms: &Terms, place: usize, facts: &Facts) -> Chosen {
    let offered = terms.options_of(facts, Currency::USD).enumerate();
    let chosen = offered.filter(|(at, _)| (at + place).is_multiple_of(2));
    let chosen = chosen.map(|(_, option)| {
        let choice = match &option.kind {
            OptionKind::Choice(choices) => choices.get(place % 2).map(|choice| choice.id.clone()),
            OptionKind::Text { .. } | OptionKind::Flag => None,
        };
        (option.id.clone(), choice)
    });
    chosen.collect()
}

fn quoted(terms: &Terms, cart: &[(Facts, u32)]) -> Result<Quote, QuoteError> {
    let cart = cart.iter().enumerate();
    let cart = cart.map(|(place, (facts, units))| (facts, *units, chosen(terms, place, facts)));
    let cart: Vec<_> = cart.collect();
    let lines = cart.iter().map(|(facts, quantity, options)| Line {
        facts,
        quantity: Quantity::new(*quantity).unwrap(),
        options,
    });
    let lines: Vec<_> = lines.collect();
    let context = Context {
        at_ms: 1,
        market: "us",
        place: None,
        codes: &[GivenCode::new("sale")],
        delivery: Some("standard"),
        tier: None,
        refused: &[],
    };
    quote(terms, &lines, &context)
}

/// A quote without the places of promotions, which depend on their order.
fn by_id(quote: Quote, terms: &Terms) -> String {
    let id = |place: usize| &terms.promotions[place].id;
    let adjustments: Vec<_> = quote
        .adjustments
        .iter()
        .map(|one| format!("{} {:?} {:?}", id(one.promotion), one.code, one.allocations))
        .collect();
    let refused: Vec<_> = quote
        .not_applied
        .iter()
        .map(|one| match one.subject {
            souk_pricing::Subject::Promotion(place) => format!("{} {:?}", id(place), one.reason),
            souk_pricing::Subject::Code(place) => format!("{place} {:?}", one.reason),
        })
        .collect();
    format!(
        "{:?} {adjustments:?} {refused:?} {}",
        quote.lines, quote.total
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn every_amount_is_the_sum_of_its_parts(terms in terms(), cart in cart()) {
        let Ok(quote) = quoted(&terms, &cart) else { return Ok(()) };
        let mut off = vec![0; cart.len()];
        let mut off_delivery = 0;
        for one in &quote.adjustments {
            let parts: i64 = one.allocations.iter().map(|part| part.amount).sum();
            prop_assert_eq!(parts, one.amount);
            for part in &one.allocations {
                prop_assert!(part.amount > 0);
                match part.target {
                    Target::Line(line) => off[line] += part.amount,
                    Target::Delivery => off_delivery += part.amount,
                }
            }
        }
        for (line, off) in quote.lines.iter().zip(&off) {
            prop_assert_eq!(line.discount, *off);
            prop_assert_eq!(line.total, line.subtotal - off);
            prop_assert!(line.total >= 0 && line.tax >= 0 && line.duty >= 0);
        }
        prop_assert!(off_delivery <= quote.shipping);
        for (taxes, of_lines) in [
            (&quote.tax, quote.lines.iter().map(|line| line.tax).sum::<i64>()),
            (&quote.duty, quote.lines.iter().map(|line| line.duty).sum::<i64>()),
        ] {
            let parts: i64 = taxes.parts.iter().map(|part| part.amount).sum();
            prop_assert_eq!(parts, taxes.total);
            prop_assert_eq!(of_lines + taxes.delivery, taxes.total);
        }
        let taken: i64 = quote.adjustments.iter().map(|one| one.amount).sum();
        let added = if quote.tax.is_included { 0 } else { quote.tax.total };
        let total = quote.subtotal - taken + quote.shipping + added + quote.duty.total;
        prop_assert_eq!(quote.total, total);
        prop_assert!(quote.total >= 0);
    }

    #[test]
    fn units_of_a_line_add_up_however_they_are_divided(
        terms in terms(), cart in cart(), cuts in prop::collection::btree_set(0_u32..10_000, 0..6),
    ) {
        let Ok(quote) = quoted(&terms, &cart) else { return Ok(()) };
        for line in &quote.lines {
            let mut sum = souk_pricing::UnitAmounts::default();
            let mut start = 0;
            let ends = cuts.iter().copied().filter(|&cut| cut < line.quantity);
            for end in ends.chain([line.quantity]) {
                let part = line.units(start..end);
                prop_assert!(part.total >= 0 && part.tax >= 0 && part.duty >= 0);
                sum.total += part.total;
                sum.tax += part.tax;
                sum.duty += part.duty;
                start = end;
            }
            prop_assert_eq!((sum.total, sum.tax, sum.duty), (line.total, line.tax, line.duty));
        }
    }

    #[test]
    fn options_add_their_surcharges_to_each_unit_and_nothing_else_to_the_price(
        terms in terms(), cart in cart(),
    ) {
        let terms = Terms { promotions: Vec::new(), ..terms };
        let plain = Terms { options: Vec::new(), ..terms.clone() };
        let (Ok(with), Ok(without)) = (quoted(&terms, &cart), quoted(&plain, &cart)) else {
            return Ok(());
        };
        let mut longest = 0;
        for (place, (line, (facts, _))) in with.lines.iter().zip(&cart).enumerate() {
            let chosen = chosen(&terms, place, facts);
            let options = terms.options.iter().filter(|option| chosen.contains_key(&option.id));
            let mut unit_price = without.lines[place].unit_price;
            for option in options {
                let choice = chosen[&option.id].as_deref();
                unit_price += option.surcharge(choice, Currency::USD).unwrap();
                longest = longest.max(option.lead_days);
            }
            prop_assert_eq!(line.unit_price, unit_price);
        }
        prop_assert_eq!(with.lead_days, longest);
    }

    #[test]
    fn the_order_of_promotions_makes_no_difference(
        (terms, shuffled) in terms().prop_flat_map(|terms| {
            let shuffled = Just(terms.promotions.clone()).prop_shuffle();
            (Just(terms), shuffled)
        }),
        cart in cart(),
    ) {
        let other = Terms { promotions: shuffled, ..terms.clone() };
        let one = quoted(&terms, &cart).map(|quote| by_id(quote, &terms));
        let other = quoted(&other, &cart).map(|quote| by_id(quote, &other));
        prop_assert_eq!(one, other);
    }

    #[test]
    fn terms_come_back_from_their_blob(terms in terms()) {
        let blob = terms.encode().unwrap();
        prop_assert_eq!(&Terms::decode(&blob).unwrap(), &terms);
        prop_assert_eq!(terms.encode().unwrap(), blob);
    }

    /// Bytes that were changed give an error or terms with which a quote does not panic.
    #[test]
    fn a_damaged_blob_does_no_harm(
        terms in terms(), cart in cart(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut blob = terms.encode().unwrap();
        let at = at.index(blob.len());
        blob[at] = byte;
        if let Ok(terms) = Terms::decode(&blob) {
            let _ = quoted(&terms, &cart);
        }
    }
}
