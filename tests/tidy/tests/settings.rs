//! Every setting that a function reads is declared where the function is deployed, on both platforms,
//! and has one row in the operators' manual, with its default and its bounds; and the other way round.
//!
//! Not here: which secrets and hosts a deployable has (`bindings`).

use std::collections::{BTreeMap, BTreeSet};

use souk_payments::{DEPLOYMENT_NAMES, Deployment, ProviderSettings as _};
use souk_ports::Randomness;
use souk_settings::{Reader, SettingsError, Values};
use souk_tidy::{Manifest, manifest, read};

const MANUAL: &str = "docs/operating.md";
/// What the tables of settings begin with.
const HEADER: &str = "| setting | default | values | what it is |";

/// Settings that stand in `spin.toml` alone: of the runtime, or of something that Workers lack.
const SPIN_ONLY: [&str; 14] = [
    "client_address_header",
    "mail_outbox_port",
    "mail_shop_port",
    "mail_webhook_host",
    "operations_database",
    "order_index_database",
    "origin_pool_host_1",
    "origin_pool_host_2",
    "origin_pool_host_3",
    "origin_pool_host_4",
    "otlp_host",
    "payment_sandbox_port",
    "postgres_host",
    "postgres_url",
];
/// Variables of `spin.toml` that stand in lists of hosts and reach no code.
const HOSTS: [&str; 7] = [
    "mail_webhook_host",
    "origin_pool_host_1",
    "origin_pool_host_2",
    "origin_pool_host_3",
    "origin_pool_host_4",
    "otlp_host",
    "postgres_host",
];

/// The setting that tells the two builds of the storefront apart: it has no variable of the deployment.
const LANE: &str = "lane";

/// What each of the two has.
fn lane_of(function: &str) -> Option<&'static str> {
    match function {
        "storefront" => Some("stable"),
        "storefront-next" => Some("next"),
        _ => None,
    }
}

/// Seals nothing here.
struct NoNonces;

impl Randomness for NoNonces {
    fn random_bytes(&self) -> [u8; 16] {
        [0; 16]
    }
}

/// A function: what its use case reads, and what its adapters read beside that.
struct Function {
    name: &'static str,
    read: Vec<&'static str>,
    on_workers: &'static [&'static str],
    on_spin: &'static [&'static str],
}

fn functions() -> [Function; 7] {
    let stripe = souk_payments_stripe::Settings::NAMES;
    [
        Function {
            name: "storefront",
            read: souk_storefront::Settings::NAMES.into(),
            on_workers: &["origin_shards"],
            on_spin: &[],
        },
        Function {
            name: "storefront-next",
            read: souk_storefront::Settings::NAMES.into(),
            on_workers: &["origin_shards"],
            on_spin: &[],
        },
        Function {
            name: "origin",
            read: souk_origin::Settings::NAMES.into(),
            on_workers: &["origin_shards", "deliveries_per_second"],
            // Where a script runs, the objects are reached by their bindings alone.
            on_spin: &["postgres_url", souk_origin::Entrance::NAME],
        },
        Function {
            name: "backoffice",
            read: souk_staff_api::Settings::NAMES.into(),
            on_workers: &["origin_shards"],
            on_spin: &["order_index_database"],
        },
        Function {
            name: "operations",
            read: Vec::new(),
            on_workers: &["origin_shards"],
            on_spin: &["operations_database"],
        },
        Function {
            name: "payments",
            read: DEPLOYMENT_NAMES.iter().chain(stripe).copied().collect(),
            on_workers: &["origin_shards"],
            on_spin: &[],
        },
        Function {
            name: "mail",
            read: souk_mail::Settings::NAMES.into(),
            on_workers: &["origin_shards"],
            on_spin: &[],
        },
    ]
}

/// What is wrong with these values, whichever functions read them.
fn faults(values: &Values) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |error: Option<SettingsError>| {
        let faults = error.into_iter().flat_map(|error| error.0);
        found.extend(faults.map(|fault| fault.name));
    };
    note(souk_storefront::Settings::read(values, "x-own").err());
    note(souk_origin::Settings::read(values, NoNonces).err());
    note(souk_staff_api::Settings::read(values).err());
    note(souk_mail::Settings::read(values).err());
    let mut reader = Reader::new(values);
    let (deployment, _) = Deployment::read(&mut reader);
    let _ = souk_payments_stripe::Settings::read(&mut reader, deployment);
    note(reader.finish(()).err());
    if souk_sharding::shards(values.get("origin_shards")).is_err() {
        found.insert("origin_shards".to_owned());
    }
    found
}

/// The texts of a table of variables, by their names in small letters.
fn variables(table: &toml::Value) -> BTreeMap<String, String> {
    let table = table.as_table().expect("variables");
    let text = |value: &toml::Value| value.as_str().expect("a text").to_owned();
    let pairs = table.iter();
    pairs
        .map(|(name, value)| (name.to_ascii_lowercase(), text(value)))
        .collect()
}

/// The configuration of a function on Workers.
fn wrangler(name: &str) -> Manifest {
    match name {
        "storefront" => manifest("wrangler.toml"),
        name => manifest(format!("functions/workers-{name}/wrangler.toml")),
    }
}

/// Names of the variables of `spin.toml` that are secrets: Workers declare none of these.
fn secrets(spin: &Manifest) -> BTreeSet<String> {
    let variables = spin["variables"].as_table().expect("variables").iter();
    let secrets = variables.filter(|(_, variable)| variable.get("secret").is_some());
    secrets.map(|(name, _)| name.clone()).collect()
}

fn set<'a>(names: impl IntoIterator<Item = &'a &'a str>) -> BTreeSet<String> {
    names.into_iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn components_are_given_exactly_what_they_read() {
    let spin = manifest("spin.toml");
    let mut used = set(&HOSTS);
    for Function {
        name,
        read,
        on_spin,
        ..
    } in functions()
    {
        let given = variables(&spin["component"][name]["variables"]);
        for (name, text) in given.iter().filter(|(name, _)| *name != LANE) {
            assert_eq!(*text, format!("{{{{ {name} }}}}"), "it has its own name");
        }
        let lane = given.get(LANE).map(String::as_str);
        assert_eq!(lane, lane_of(name), "{name}");
        let given: BTreeSet<_> = given.into_keys().collect();
        assert_eq!(given, set(read.iter().chain(on_spin)), "{name}");
        used.extend(given.into_iter().filter(|name| name != LANE));
    }
    let declared = spin["variables"].as_table().expect("variables").keys();
    assert_eq!(declared.cloned().collect::<BTreeSet<_>>(), used);
}

#[test]
fn scripts_declare_exactly_what_they_read() {
    let secrets = secrets(&manifest("spin.toml"));
    for Function {
        name,
        read,
        on_workers,
        ..
    } in functions()
    {
        let declared = variables(&wrangler(name)["vars"]);
        let lane = declared.get(LANE).map(String::as_str);
        assert_eq!(lane, lane_of(name), "{name}");
        let declared: BTreeSet<_> = declared.into_keys().collect();
        let read = read.iter().chain(on_workers);
        let read = read.filter(|name| !secrets.contains(**name) && !SPIN_ONLY.contains(*name));
        assert_eq!(declared, set(read), "{name}");
    }
}

/// A row of the manual.
struct Row {
    default: String,
    values: String,
}

/// The rows of the tables of settings, by their names in small letters.
fn rows() -> BTreeMap<String, Row> {
    let manual = read(MANUAL);
    let mut rows = BTreeMap::new();
    let mut is_inside = false;
    for line in manual.lines() {
        is_inside = line == HEADER || (is_inside && line.starts_with('|'));
        let Some(cells) = line.strip_prefix("| `").filter(|_| is_inside) else {
            continue;
        };
        let cells: Vec<_> = cells.split(" | ").collect();
        let [name, default, values, what] = cells[..] else {
            panic!("{MANUAL}: a row has four cells: {line}");
        };
        assert!(what.len() > 20, "{MANUAL}: what is it? {line}");
        let (name, _) = name.split_once('`').expect("a name between backticks");
        let row = Row {
            default: default.trim_matches('`').to_owned(),
            values: values.to_owned(),
        };
        let name = name.to_ascii_lowercase();
        assert!(
            rows.insert(name.clone(), row).is_none(),
            "{MANUAL}: two rows for {name}"
        );
    }
    rows
}

#[test]
fn every_setting_has_one_row_in_the_manual_and_every_row_a_setting() {
    let mut settings = set(&HOSTS);
    for function in functions() {
        let all = function.read.iter();
        settings.extend(set(all.chain(function.on_workers).chain(function.on_spin)));
    }
    let described: BTreeSet<_> = rows().into_keys().collect();
    assert_eq!(described, settings);
}

#[test]
fn the_manual_has_the_defaults_of_the_manifests() {
    let rows = rows();
    let mut declared = BTreeMap::new();
    let stable = functions().into_iter();
    let stable = stable.filter(|function| lane_of(function.name) != Some("next"));
    for Function { name, .. } in stable {
        let wrangler = wrangler(name);
        declared.extend(variables(&wrangler["env"]["production"]["vars"]));
    }
    let spin = manifest("spin.toml");
    for (name, variable) in spin["variables"].as_table().expect("variables") {
        let Some(default) = variable.get("default").and_then(toml::Value::as_str) else {
            assert_eq!(variable["required"].as_bool(), Some(true), "{name}");
            assert_eq!(rows[name].default, "required");
            continue;
        };
        let on_workers = declared.insert(name.clone(), default.to_owned());
        assert!(on_workers.is_none_or(|value| value == default), "{name}");
    }
    let limits = souk_order_store::Limits::DEFAULT;
    let limits = BTreeMap::from([
        ("limits_units_per_line", limits.units_per_line),
        ("limits_units_per_order", limits.units_per_order),
        (
            "limits_unpaid_units_per_buyer",
            limits.unpaid_units_per_buyer,
        ),
        (
            "limits_unpaid_units_per_client",
            limits.unpaid_units_per_client,
        ),
        (
            "limits_unpaid_percent_per_sku",
            limits.unpaid_percent_per_sku.into(),
        ),
    ]);
    for (name, default) in declared {
        let default = match (limits.get(name.as_str()), default.as_str()) {
            (Some(number), "") => number.to_string(),
            (None, "") => "none".to_owned(),
            (_, set) => set.to_owned(),
        };
        assert_eq!(rows[&name].default, default, "{name}");
    }
}

/// Values that are right, so that only the one that is tried can be wrong.
fn right() -> BTreeMap<String, String> {
    let strong = "5d41402abc4b2a76b9719d911017c592";
    let pairs = [
        ("session_secret", strong.to_owned()),
        ("staff_token", strong.to_owned()),
        (
            "data_keys",
            "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned(),
        ),
        ("stripe_secret_key", format!("sk_test_{strong}")),
        ("stripe_webhook_secrets", format!("whsec_{strong}")),
    ];
    let pairs = pairs.into_iter();
    pairs
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Whether the functions open with this value of a setting.
fn opens_with(name: &str, value: &str) -> bool {
    let mut values = right();
    values.insert(name.to_owned(), value.to_owned());
    let faults = faults(&values.into_iter().collect());
    assert!(
        faults.iter().all(|fault| fault == name),
        "{name}={value}: {faults:?}"
    );
    faults.is_empty()
}

#[test]
fn the_manual_has_the_bounds_of_the_code() {
    assert!(
        opens_with("security_contact", "mailto:security@shop.example"),
        "the right values are right"
    );
    let (mut numbers, mut switches) = (0, 0);
    for (name, Row { values, .. }) in rows() {
        if values == "`true`, `false`" {
            assert!(opens_with(&name, "true"), "{name}");
            assert!(!opens_with(&name, "yes"), "{name}");
            switches += 1;
        }
        let Some((min, max)) = values.split_once(" to ") else {
            continue;
        };
        let number = |text: &str| -> i64 {
            let digits = text.replace(',', "");
            digits
                .parse()
                .unwrap_or_else(|_| panic!("{name}: {values}"))
        };
        let (min, max) = (number(min), number(max));
        for (value, opens) in [(min, true), (max, true), (min - 1, false), (max + 1, false)] {
            assert_eq!(
                opens_with(&name, &value.to_string()),
                opens,
                "{name}={value}"
            );
        }
        numbers += 1;
    }
    assert!(numbers > 10 && switches > 3, "{numbers}, {switches}");
}
