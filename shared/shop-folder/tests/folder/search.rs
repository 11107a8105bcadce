//! `search.toml`.

use std::collections::BTreeSet;

use proptest::prelude::*;
use souk_catalogue::{OptionName, Product, Text, Variant};
use souk_search::rules::{
    Action, BLOB_BYTES_MAX, Boost, BoostOf, QueryFilter, QueryRule, SearchRules, SoldOut,
};
use souk_shop::ContentKind;
use souk_shop_folder::search::{Context, Names, read};
use souk_shop_folder::settings::Known;
use souk_shop_folder::starter::Starter;
use souk_shop_folder::{Problem, Severity, sort};

fn products() -> Vec<Product> {
    let product = |slug: &str, kind: &str, vendor: &str, tag: &str, colours: &[&str]| Product {
        slug: slug.to_owned(),
        product_type: Text::new(kind),
        vendor: vendor.to_owned(),
        tags: vec![tag.to_owned()],
        options: vec![OptionName {
            name: Text::new("Colour"),
        }],
        variants: colours
            .iter()
            .map(|colour| Variant {
                option_values: vec![Text::new(*colour)],
                ..Variant::default()
            })
            .collect(),
        ..Product::default()
    };
    vec![
        product("stone-mug", "Mugs", "Low Kiln", "sale", &["Red", "Blue"]),
        product("tea-pot", "Tea ware", "Low Kiln", "new", &["Green"]),
        product("reading-lamp", "Lamps", "Noor", "new", &["Brass"]),
    ]
}

fn known() -> Known {
    let set = |names: &[&str]| -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    };
    Known {
        products: set(&["stone-mug", "tea-pot", "reading-lamp"]),
        collections: set(&["tea", "light"]),
        documents: Some(BTreeSet::from([(ContentKind::Page, "about".to_owned())])),
    }
}

fn read_with(text: Option<&str>, missing: Severity) -> (SearchRules, Vec<Problem>) {
    let (known, products) = (known(), products());
    let names = Names::of(&known, &products);
    let languages = ["en", "de"].map(str::to_owned);
    let context = Context {
        languages: &languages,
        currency: "EUR",
        names: Some(&names),
        missing,
    };
    let mut problems = Vec::new();
    let rules = read(text, context, &mut problems);
    sort(&mut problems);
    (rules, problems)
}

/// The problems of the file as people see them, without its name.
fn problems(text: &str) -> Vec<String> {
    let (_, problems) = read_with(Some(text), Severity::Error);
    let lines = problems.iter().map(ToString::to_string);
    lines.map(|line| line.replace("search.toml:", "")).collect()
}

/// The one problem of a file.
fn problem(text: &str) -> String {
    let found = problems(text);
    assert_eq!(found.len(), 1, "{text}\n{found:#?}");
    found.into_iter().next().unwrap()
}

const EVERYTHING: &str = r#"
base_synonyms = false
sold_out = "hide"
stop_words = { en = ["the"], de = ["für"] }

[[synonyms]]
words = ["mug", "cup"]

[[synonyms]]
language = "de"
words = ["Tasse", "Becher", "Humpen"]

[[one_way_synonyms]]
word = "drinkware"
finds = ["mug", "tea bowl"]

[[related]]
type = "Tea ware"
types = ["Mugs", "Lamps"]

[[pins]]
query = "Gift"
match = "contains"
products = ["tea-pot", "stone-mug"]

[[hides]]
products = ["reading-lamp"]

[[filters]]
query = "cheap red"
language = "en"
collection = "tea"
types = ["Mugs"]
vendors = ["Low Kiln"]
tags = ["sale", "new"]
options = { Colour = ["Red", "Blue"] }
price_min = 2
price_max = "9.50"
in_stock = true
drop_words = true

[[redirects]]
query = "opening hours"
to = "/pages/about"

[[boosts]]
tag = "new"
factor = 1.25

[[boosts]]
type = "Lamps"
factor = 0.5
"#;

#[test]
fn every_key_of_the_file_becomes_a_rule() {
    let (rules, problems) = read_with(Some(EVERYTHING), Severity::Error);
    assert_eq!(problems, []);
    let languages: Vec<_> = rules.languages.iter().map(String::as_str).collect();
    assert_eq!(languages, ["de", "en"]);
    assert_eq!(rules.sold_out, SoldOut::Hide);
    let synonyms: Vec<_> = rules
        .synonyms
        .iter()
        .map(|one| (one.language, one.words.len(), one.finds.len(), one.is_base))
        .collect();
    let expected = [
        (None, 2, 0, false),
        (Some(0), 3, 0, false),
        (None, 1, 2, false),
    ];
    assert_eq!(synonyms, expected);
    assert_eq!(rules.stop_words.len(), 2);
    assert_eq!(rules.related[0].related, ["Mugs", "Lamps"]);
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let rule = |query: &str, action| QueryRule {
        language: None,
        query: query.to_owned(),
        is_contained: false,
        action,
    };
    let filter = QueryFilter {
        collection: Some("tea".to_owned()),
        types: texts(&["Mugs"]),
        vendors: texts(&["Low Kiln"]),
        tags: texts(&["sale", "new"]),
        options: vec![("Colour".to_owned(), texts(&["Red", "Blue"]))],
        price_min_minor: Some(200),
        price_max_minor: Some(950),
        in_stock: true,
        drops_words: true,
    };
    let expected = [
        QueryRule {
            is_contained: true,
            ..rule("Gift", Action::Pin(texts(&["tea-pot", "stone-mug"])))
        },
        rule("", Action::Hide(texts(&["reading-lamp"]))),
        QueryRule {
            language: Some(1),
            ..rule("cheap red", Action::Filter(filter))
        },
        rule("opening hours", Action::Redirect("/pages/about".to_owned())),
    ];
    assert_eq!(rules.queries, expected);
    let boost = |of, percent| Boost { of, percent };
    let expected = [
        boost(BoostOf::Tag("new".to_owned()), 125),
        boost(BoostOf::Type("Lamps".to_owned()), 50),
    ];
    assert_eq!(rules.boosts, expected);
    assert_eq!(SearchRules::decode(&rules.encode()).unwrap(), rules);
}

#[test]
fn the_base_list_is_there_unless_it_is_switched_off() {
    for text in [None, Some(""), Some("base_synonyms = true\n")] {
        let (rules, problems) = read_with(text, Severity::Error);
        assert_eq!(problems, []);
        assert!(rules.synonyms.iter().all(|one| one.is_base));
        for place in [Some(0), Some(1)] {
            let groups = rules.synonyms.iter().filter(|one| one.language == place);
            assert!(groups.count() >= 60);
        }
    }
    let (rules, problems) = read_with(Some("base_synonyms = false\n"), Severity::Error);
    assert_eq!(problems, []);
    assert_eq!(rules, SearchRules::default());
}

/// What a new folder explains can be taken as it stands there.
#[test]
fn the_examples_of_a_new_folder_are_right() {
    let files = Starter::of("Shop", "DE").files();
    let text = std::str::from_utf8(&files["search.toml"]).unwrap();
    assert_eq!(problems(text), [""; 0], "{text}");
    let is_statement = |line: &&str| {
        let name = line.split(" = ").next().unwrap_or_default();
        let is_key = name.len() < line.len() && !name.contains(' ');
        is_key || (line.starts_with("[[") && line.ends_with("]]"))
    };
    let lines = text.lines().filter_map(|line| line.strip_prefix("# "));
    let examples: Vec<_> = lines.filter(is_statement).collect();
    let examples = examples.join("\n");
    let languages = ["en", "de"].map(str::to_owned);
    let context = Context {
        languages: &languages,
        currency: "EUR",
        names: None,
        missing: Severity::Error,
    };
    let mut problems = Vec::new();
    let rules = read(Some(&examples), context, &mut problems);
    assert_eq!(problems, [], "{examples}");
    assert_eq!(rules.queries.len(), 4, "{examples}");
    assert!(!rules.related.is_empty() && !rules.boosts.is_empty());
    assert_eq!((rules.stop_words.len(), rules.sold_out), (2, SoldOut::Last));
}

#[test]
fn unknown_keys_and_values_are_named_with_the_nearest() {
    let cases = [
        (
            "sinonyms = []",
            "1:1: sinonyms: there is no key 'sinonyms' here; did you mean synonyms?",
        ),
        (
            "sold_out = \"lst\"",
            "1:12: sold_out: 'lst' cannot stand here; did you mean last?",
        ),
        (
            "base_synonyms = \"no\"",
            "1:17: base_synonyms: \"no\" (a text) cannot stand here; write true or false, without quotes",
        ),
        (
            "[[pins]]\nquery = \"gift\"\nproduct = [\"tea-pot\"]\nproducts = [\"tea-pot\"]",
            "3:1: pins[1].product: there is no key 'product' here; did you mean products?",
        ),
        (
            "[[pins]]\nquery = \"gift\"",
            "1:1: pins[1]: the key 'products' is missing; write products = [\"tea-pot\"]",
        ),
        (
            "[[pins]]\nquery = \"gift\"\nproducts = [\"tea-pto\"]",
            "3:13: pins[1].products[1]: there is no product 'tea-pto'; did you mean tea-pot?",
        ),
        (
            "[[related]]\ntype = \"Mug\"\ntypes = [\"Lamps\"]",
            "2:8: related[1].type: there is no type 'Mug'; did you mean Mugs?",
        ),
        (
            "[[boosts]]\nvendor = \"Low Klin\"\nfactor = 1.5",
            "2:10: boosts[1].vendor: there is no vendor 'Low Klin'; did you mean Low Kiln?",
        ),
        (
            "[[boosts]]\ncollection = \"teas\"\nfactor = 1.5",
            "2:14: boosts[1].collection: there is no collection 'teas'; did you mean tea?",
        ),
        (
            "[[filters]]\nquery = \"x\"\ntags = [\"sales\"]",
            "3:9: filters[1].tags[1]: there is no tag 'sales'; did you mean sale?",
        ),
        (
            "[[filters]]\nquery = \"x\"\noptions = { Color = [\"Red\"] }",
            "3:13: filters[1].options.Color: there is no option 'Color'; did you mean Colour?",
        ),
        (
            "[[filters]]\nquery = \"x\"\noptions = { Colour = [\"Reed\"] }",
            "3:23: filters[1].options.Colour[1]: no product has the Colour 'Reed'; did you mean Red?",
        ),
        (
            "[[synonyms]]\nlanguage = \"dee\"\nwords = [\"a\", \"b\"]",
            "2:12: synonyms[1].language: 'dee' is none of the shop's languages; did you mean de?",
        ),
        (
            "stop_words = { fr = [\"le\"] }",
            "1:16: stop_words.fr: 'fr' is none of the shop's languages; known here: en, de",
        ),
        (
            "[[redirects]]\nquery = \"x\"\nto = \"/pages/abuot\"",
            "3:6: redirects[1].to: there is no file content/pages/abuot.md; did you mean about?",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(problem(text), expected, "{text}");
    }
}

#[test]
fn rules_that_contradict_each_other_are_named_with_both_lines() {
    let group = |words: &str| format!("[[synonyms]]\nwords = [{words}]\n");
    let pin = |query: &str, more: &str| {
        format!("[[pins]]\nquery = \"{query}\"\nproducts = [\"tea-pot\"]\n{more}\n")
    };
    let hide = "[[hides]]\nproducts = [\"tea-pot\"]\n";
    let redirect = "[[redirects]]\nquery = \"Gift\"\nto = \"/pages/about\"\n";
    let boost = "[[boosts]]\ntag = \"new\"\nfactor = 1.5\n";
    let cases = [
        (
            group("\"mug\", \"Mug\", \"cup\""),
            "2:17: synonyms[1].words[2]: 'Mug' stands here twice; name it once",
        ),
        (
            group("\"mug\", \"cup\"") + &group("\"beaker\", \"glass\", \"CUP\""),
            "4:29: synonyms[2].words[3]: 'CUP' is in the group of line 1 already; put both groups into one",
        ),
        (
            group("\"mug\", \"cup\"") + "[[one_way_synonyms]]\nword = \"mug\"\nfinds = [\"cup\"]",
            "5:10: one_way_synonyms[1].finds[1]: 'mug' and 'cup' find each other by the group of line 1; take it away here or there",
        ),
        (
            "[[one_way_synonyms]]\nword = \"mug\"\nfinds = [\"mug\", \"cup\"]".to_owned(),
            "3:10: one_way_synonyms[1].finds[1]: 'mug' finds itself; take it away",
        ),
        (
            "[[one_way_synonyms]]\nword = \"a\"\nfinds = [\"b\"]\n[[one_way_synonyms]]\nword = \"A\"\nfinds = [\"c\"]"
                .to_owned(),
            "4:1: one_way_synonyms[2]: 'A' finds others at line 1 already; put both lists into one",
        ),
        (
            "stop_words = { en = [\"mug\"] }\n".to_owned() + &group("\"mug\", \"cup\""),
            "1:22: stop_words.en[1]: 'mug' is a synonym at line 2, so it has to be found; take it away here or there",
        ),
        (
            "stop_words = { en = [\"a\"] }\n[[one_way_synonyms]]\nword = \"A\"\nfinds = [\"b\"]".to_owned(),
            "1:22: stop_words.en[1]: 'a' is a synonym at line 2, so it has to be found; take it away here or there",
        ),
        (
            "stop_words = { en = [\"of the\"] }".to_owned(),
            "1:22: stop_words.en[1]: 'of the' is more than one word; write each of its words by itself",
        ),
        (
            "stop_words = { en = [\"the\", \"The\"] }".to_owned(),
            "1:29: stop_words.en[2]: 'The' stands here twice; name it once",
        ),
        (
            "[[related]]\ntype = \"Mugs\"\ntypes = [\"Mugs\"]".to_owned(),
            "1:1: related[1]: 'Mugs' is related to itself; take it out of types",
        ),
        (
            "[[related]]\ntype = \"Mugs\"\ntypes = [\"Lamps\"]\n[[related]]\ntype = \"Mugs\"\ntypes = [\"Tea ware\"]"
                .to_owned(),
            "4:1: related[2]: 'Mugs' has related types at line 1 already; put both lists into one",
        ),
        (
            pin("gift", "") + &pin("Gift!", ""),
            "5:1: pins[2]: 'Gift!' has pins at line 1 already; put both into one",
        ),
        (
            pin("gift", "") + hide,
            "1:1: pins[1]: 'tea-pot' is hidden at line 5; take it away here or there",
        ),
        (
            pin("gift", "language = \"de\"") + redirect,
            "1:1: pins[1]: 'gift' is redirected at line 5, so this is never used; take one of the two away",
        ),
        (
            redirect.to_owned() + redirect,
            "4:1: redirects[2]: 'Gift' has redirects at line 1 already; keep one of the two",
        ),
        (
            hide.to_owned() + hide,
            "3:1: hides[2]: products are hidden from every search at line 1 already; put both into one",
        ),
        (
            boost.to_owned() + boost,
            "4:1: boosts[2]: the same products have a boost at line 1 already; keep one of the two",
        ),
        (
            "[[pins]]\nquery = \"a\"\nproducts = [\"tea-pot\", \"tea-pot\"]".to_owned(),
            "3:24: pins[1].products[2]: 'tea-pot' stands here twice; name it once",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(problem(&text), expected, "{text}");
    }
}

#[test]
fn rules_of_one_language_may_say_something_else_than_those_of_all() {
    let text = "[[pins]]\nquery = \"gift\"\nproducts = [\"tea-pot\"]\n\
                [[pins]]\nquery = \"gift\"\nlanguage = \"de\"\nproducts = [\"stone-mug\"]\n\
                [[hides]]\nquery = \"gift\"\nlanguage = \"de\"\nproducts = [\"tea-pot\"]\n\
                [[pins]]\nquery = \"gift\"\nmatch = \"contains\"\nproducts = [\"reading-lamp\"]\n\
                [[redirects]]\nquery = \"hours\"\nlanguage = \"de\"\nto = \"/pages/about\"\n\
                [[filters]]\nquery = \"hours\"\nin_stock = true\n";
    assert_eq!(problems(text), [""; 0]);
    let words = "[[synonyms]]\nlanguage = \"de\"\nwords = [\"gift\", \"toxin\"]\n\
                 [[synonyms]]\nlanguage = \"en\"\nwords = [\"gift\", \"present\"]\n";
    assert_eq!(problems(words), [""; 0]);
}

#[test]
fn rules_that_say_nothing_or_lead_nowhere_are_errors() {
    let cases = [
        (
            "[[synonyms]]\nwords = [\"mug\"]",
            "2:9: synonyms[1].words: the list has 1 items; 2 to 20 are possible",
        ),
        (
            "[[pins]]\nquery = \"!?\"\nproducts = [\"tea-pot\"]",
            "2:9: pins[1].query: '!?' has neither letters nor digits; write a word",
        ),
        (
            "[[filters]]\nquery = \"x\"",
            "1:1: filters[1]: the filter does not say what products have to have; write one of collection, types, vendors, tags, options, price_min, price_max, in_stock",
        ),
        (
            "[[filters]]\nquery = \"x\"\nprice_min = 20\nprice_max = \"9.99\"",
            "1:1: filters[1]: price_min is above price_max, so no product has such a price; write the lower one as price_min",
        ),
        (
            "[[filters]]\nquery = \"x\"\nprice_max = \"9.999\"",
            "3:13: filters[1].price_max: 9.999 has more decimals than EUR; amounts in EUR have 2",
        ),
        (
            "[[redirects]]\nquery = \"x\"\nto = \"https://elsewhere.example\"",
            "3:6: redirects[1].to: 'https://elsewhere.example' cannot stand here; write a path of this shop such as /collections/tea or /pages/about",
        ),
        (
            "[[redirects]]\nquery = \"x\"\nto = \"/search?q=x\"",
            "3:6: redirects[1].to: a search that leads to a search may lead back; write a page or a collection, or a filter instead",
        ),
        (
            "[[redirects]]\nquery = \"x\"\nto = \"/de/pages/about\"",
            "3:6: redirects[1].to: '/de/pages/about' has a language, 'de'; write the path without it: shoppers stay in their language",
        ),
        (
            "[[boosts]]\nfactor = 1.5",
            "1:1: boosts[1]: the boost does not say of which products; write one of type, vendor, tag and collection",
        ),
        (
            "[[boosts]]\ntag = \"new\"\ntype = \"Mugs\"\nfactor = 1.5",
            "1:1: boosts[1]: the boost names several things; write one of type, vendor, tag and collection",
        ),
        (
            "[[boosts]]\ntag = \"new\"\nfactor = 9",
            "3:10: boosts[1].factor: 9 (a whole number) cannot stand here; write a number from 0.5 to 2",
        ),
        (
            "[[hides]]\nmatch = \"contains\"\nproducts = [\"tea-pot\"]",
            "2:1: hides[1].match: match without a query says nothing; write query = \"…\" or take match away",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(problem(text), expected, "{text}");
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let long = format!(
        "[[redirects]]\nquery = \"{}\"\nto = \"/pages/about\"",
        "x".repeat(65)
    );
    let expected = "2:9: redirects[1].query: the text has 65 characters, not up to 64; write a text on one line";
    assert_eq!(problem(&long), expected);
    let many: Vec<_> = (0..25).map(|_| "\"tea-pot\"".to_owned()).collect();
    let many = format!("[[pins]]\nquery = \"a\"\nproducts = [{}]", many.join(", "));
    let found = problems(&many);
    let expected = "3:12: pins[1].products: the list has 25 items; 1 to 24 are possible";
    assert_eq!(found[0], expected);
    let rules = |count: usize, chars: usize| -> String {
        let rule = |number: usize| {
            let word = format!("{number:0>chars$}");
            format!("[[synonyms]]\nwords = [\"a{word}\", \"b{word}\"]\n")
        };
        (0..count).map(rule).collect()
    };
    assert_eq!(problems(&rules(1_000, 10)), [""; 0]);
    let found = problem(&rules(1_001, 3));
    let expected = "1:1: synonyms: the list has 1001 items; at most 1000 are possible";
    assert_eq!(found, expected);
    // Each rule is within its limits, and all of them are too much for a blob.
    let found = problem(&rules(1_000, 40));
    let base =
        "are possible: every search reads them; take rules away; base_synonyms = false frees ";
    assert!(found.contains(base), "{found}");
    let off = format!("base_synonyms = false\n{}", rules(1_000, 40));
    let found = problem(&off);
    assert!(found.ends_with("take rules away"), "{found}");
}

#[test]
fn in_a_file_that_stays_as_it_is_published_what_is_gone_is_left_out_with_a_warning() {
    let text = "[[pins]]\nquery = \"gift\"\nproducts = [\"gone\", \"tea-pot\"]\n\
                [[hides]]\nquery = \"gift\"\nproducts = [\"gone\"]\n\
                [[related]]\ntype = \"Gone\"\ntypes = [\"Mugs\"]\n\
                [[filters]]\nquery = \"x\"\ntags = [\"gone\"]\ndrop_words = true\n\
                [[redirects]]\nquery = \"y\"\nto = \"/pages/gone\"\n";
    let (rules, problems) = read_with(Some(text), Severity::Warning);
    let lines: Vec<_> = problems.iter().map(|one| one.line).collect();
    assert_eq!(lines, [3, 6, 8, 12, 16].map(Some), "{problems:#?}");
    assert!(problems.iter().all(|one| one.severity == Severity::Warning));
    assert!(problems[0].sentence().contains("so it is left out"));
    let pins = Action::Pin(vec!["tea-pot".to_owned()]);
    assert_eq!(rules.queries.len(), 1);
    assert_eq!(rules.queries[0].action, pins);
    assert!(rules.related.is_empty());
}

proptest! {
    /// No file makes the reader fail otherwise than by problems, and a file without one fits.
    #[test]
    fn any_file_is_read_or_has_problems(
        lines in prop::collection::vec(
            prop::sample::select(EVERYTHING.lines().collect::<Vec<_>>()), 0..40,
        ),
        noise in "[ -~äöü茶\n]{0,40}",
        at in 0_usize..40,
    ) {
        let mut lines: Vec<_> = lines.into_iter().map(str::to_owned).collect();
        lines.insert(at.min(lines.len()), noise);
        let (rules, problems) = read_with(Some(&lines.join("\n")), Severity::Error);
        if problems.is_empty() {
            let blob = rules.encode();
            prop_assert!(blob.len() <= BLOB_BYTES_MAX);
            prop_assert_eq!(SearchRules::decode(&blob).unwrap(), rules);
        } else {
            let has_place = |one: &Problem| one.line.is_some();
            prop_assert!(problems.iter().all(has_place), "{:?}", problems);
        }
    }
}
