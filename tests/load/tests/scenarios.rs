//! Files of scenarios: those that come with the generator, and the errors of wrong ones.

use std::fs;
use std::path::Path;

use souk_load::{Plan, scenario};

/// The error of a file that has this text after one journey.
fn mistake(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.toml");
    let journey = "[[journeys.look]]\nget = \"/\"\n";
    fs::write(&file, format!("{journey}{text}")).expect("a file");
    let mistake = scenario::read(&file).expect_err(text).to_string();
    let folder = format!("{}/", folder.path().display());
    mistake.replace(&folder, "")
}

#[test]
fn the_scenarios_that_come_with_the_generator_are_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let browsing = scenario::read(&folder.join("browsing.toml")).unwrap();
    assert!(Plan::of(&browsing).requests.len() > 1_000);
    let [ordinary, large] = ["ordinary-evening", "large-evening"]
        .map(|name| scenario::read(&folder.join(name).with_extension("toml")).unwrap());
    assert_eq!(ordinary.journeys, large.journeys);
    assert_eq!(ordinary.choices, large.choices);
    let sale = scenario::read(&folder.join("flash-sale.toml")).unwrap();
    assert!(sale.sale.is_some_and(|sale| sale.visitors == 200));
}

#[test]
fn mistakes_are_named_by_line_and_column() {
    let arrivals = "[[arrivals]]\njourneys = { look = 1 }\n";
    for (text, expected) in [
        (
            format!("{arrivals}kind = \"herds\""),
            "x.toml:5:8: 'kind' is constant, poisson, ramp, herd or file",
        ),
        (
            format!("{arrivals}kind = \"poisson\"\nrate = 5\nfor = \"20\""),
            "x.toml:7:7: '20' is no time such as 250ms, 20s or 5m, of 24 hours at most",
        ),
        (
            format!("{arrivals}kind = \"constant\"\nrate = 0\nfor = \"20s\""),
            "x.toml:6:8: a rate is between 0.001 and 100000",
        ),
        (
            format!("{arrivals}kind = \"herd\"\nvisitors = 5\nrate = 5\nwithin = \"1s\""),
            "x.toml:7:8: arrivals of the kind 'herd' have no 'rate'",
        ),
        (
            format!("{arrivals}kind = \"ramp\"\nfrom = 0\nfor = \"1s\""),
            "x.toml:3:1: arrivals of the kind 'ramp' need 'to'",
        ),
        (
            "[[arrivals]]\nkind = \"herd\"\nvisitors = 1\nwithin = \"1s\"\njourneys = { buy = 1 }"
                .to_owned(),
            "x.toml:7:20: there is no [[journeys.buy]]",
        ),
        (
            "[[journeys.look]]\nget = \"/{sku}\"".to_owned(),
            "x.toml:4:7: [choices] has no 'sku'",
        ),
        (
            "[[journeys.look]]\nget = \"/\"\npost = \"/\"".to_owned(),
            "x.toml:3:1: a step has either 'get' or 'post'",
        ),
        (
            "colour = 1".to_owned(),
            "x.toml:3:1: unknown field `colour`",
        ),
        ("seed = ".to_owned(), "x.toml:3:8: "),
        (
            String::new(),
            "x.toml:1:1: no visitor comes: write [[arrivals]] or [sale]",
        ),
    ] {
        let found = mistake(&text);
        assert!(found.starts_with(expected), "{text}\n{found}\n{expected}");
    }
}

#[test]
fn a_choice_that_makes_no_path_is_a_mistake() {
    let found = mistake("[[journeys.buy]]\nget = \"/{sku}\"\n[choices]\nsku = [\"a b\"]");
    assert!(
        found.starts_with("x.toml:4:7: '/a b' is no path"),
        "{found}"
    );
}

#[test]
fn arrivals_come_from_a_file_beside_the_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.toml");
    let text = "[[journeys.look]]\nget = \"/\"\n[[arrivals]]\nkind = \"file\"\nfile = \"moments.txt\"\njourneys = { look = 1 }\n";
    fs::write(&file, text).unwrap();
    fs::write(folder.path().join("moments.txt"), "2.5\n0.25\n\n").unwrap();
    let plan = Plan::of(&scenario::read(&file).unwrap());
    let moments: Vec<_> = plan
        .requests
        .iter()
        .map(|planned| planned.at.as_millis())
        .collect();
    assert_eq!(moments, [250, 2_500]);
    fs::write(folder.path().join("moments.txt"), "1\nsoon\n").unwrap();
    let mistake = scenario::read(&file).unwrap_err().to_string();
    assert!(
        mistake.contains("moments.txt:2: 'soon' is no moment in seconds"),
        "{mistake}"
    );
}

#[test]
fn headers_are_filled_with_choices_the_visit_and_the_seed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.toml");
    let text = "seed = 7\n[choices]\nsku = [\"TEA\"]\n[[journeys.buy]]\npost = \"/\"\n\
        headers = { idempotency-key = \"{seed}-{visit}-{sku}\" }\n\
        [[arrivals]]\nkind = \"constant\"\nrate = 1\nfor = \"2s\"\njourneys = { buy = 1 }\n";
    fs::write(&file, text).unwrap();
    let plan = Plan::of(&scenario::read(&file).unwrap());
    let requests = plan.requests.iter().map(|planned| planned.request());
    let keys: Vec<_> = requests
        .map(|request| request.headers()["idempotency-key"].clone())
        .collect();
    assert_eq!(keys, ["7-0-TEA", "7-1-TEA"]);
    fs::write(&file, text.replace("{sku}", "{name}")).unwrap();
    let mistake = scenario::read(&file).unwrap_err().to_string();
    assert!(mistake.ends_with("[choices] has no 'name'"), "{mistake}");
}
