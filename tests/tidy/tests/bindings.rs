//! What a deployment may reach, written down once more: a new binding is added here on purpose.

use std::collections::BTreeSet;

use souk_tidy::{Manifest, manifest, read, texts};

/// Tables of `wrangler.toml` that name bindings, and the key with the name.
const BINDINGS: [(&str, &str); 9] = [
    ("kv_namespaces", "binding"),
    ("r2_buckets", "binding"),
    ("d1_databases", "binding"),
    ("services", "binding"),
    ("analytics_engine_datasets", "binding"),
    ("hyperdrive", "binding"),
    ("durable_objects", "name"),
    ("queues", "binding"),
    ("vars", ""),
];

/// What a component of `spin.toml` may reach, and whether shoppers can reach it.
struct Component {
    name: &'static str,
    key_value_stores: &'static [&'static str],
    sqlite_databases: &'static [&'static str],
    hosts: &'static [&'static str],
    public: bool,
}

const COMPONENTS: [Component; 4] = [
    Component {
        name: "storefront",
        key_value_stores: &["default"],
        sqlite_databases: &[],
        hosts: &[
            "http://origin.spin.internal",
            "http://payments.spin.internal",
        ],
        public: true,
    },
    Component {
        name: "payments",
        key_value_stores: &[],
        sqlite_databases: &[],
        hosts: &[
            "https://api.stripe.com",
            "http://origin.spin.internal",
            "http://127.0.0.1:{{ payment_sandbox_port }}",
        ],
        public: true,
    },
    Component {
        name: "backoffice",
        key_value_stores: &["default"],
        sqlite_databases: &["default"],
        hosts: &[
            "http://origin.spin.internal",
            "http://payments.spin.internal",
        ],
        public: true,
    },
    Component {
        name: "origin",
        key_value_stores: &["default"],
        sqlite_databases: &["default"],
        hosts: &["postgres://{{ postgres_host }}"],
        public: false,
    },
];

fn names(level: &Manifest) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (kind, key) in BINDINGS {
        let Some(value) = level.get(kind) else {
            continue;
        };
        // Some are lists, some are tables that hold lists.
        let lists: Vec<_> = match (kind, value) {
            ("vars", toml::Value::Table(table)) => {
                found.extend(table.keys().map(|name| format!("vars {name}")));
                continue;
            }
            (_, toml::Value::Table(table)) => table.values().collect(),
            (_, list) => vec![list],
        };
        for item in lists
            .into_iter()
            .filter_map(toml::Value::as_array)
            .flatten()
        {
            let name = item.get(key).and_then(toml::Value::as_str);
            found.extend(name.map(|name| format!("{kind} {name}")));
        }
    }
    found
}

/// Classes of Durable Objects that are bound, and those that a migration makes.
fn classes(level: &Manifest) -> (BTreeSet<String>, BTreeSet<String>) {
    let bound = level
        .get("durable_objects")
        .and_then(|objects| objects.get("bindings"));
    let bound = bound.and_then(toml::Value::as_array).into_iter().flatten();
    let bound = bound.filter_map(|binding| binding.get("class_name")?.as_str());
    let steps = level.get("migrations").and_then(toml::Value::as_array);
    let steps = steps
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_table);
    let made = steps.flat_map(|step| texts(step, "new_sqlite_classes"));
    (bound.map(str::to_owned).collect(), made.collect())
}

#[test]
fn every_environment_restates_every_binding() {
    let wrangler = manifest("wrangler.toml");
    let top = names(&wrangler);
    assert!(top.len() >= 3, "only {top:?}");
    let environments = wrangler["env"].as_table().expect("environments");
    assert!(environments.contains_key("production"));
    for (name, environment) in environments {
        let environment = environment.as_table().expect("a table");
        assert_eq!(
            names(environment),
            top,
            "env.{name} differs from the top level"
        );
        assert_eq!(
            environment.get("migrations"),
            wrangler.get("migrations"),
            "env.{name}: migrations are restated too"
        );
    }
}

/// The origin answers nothing where it cannot read how many shards it has.
#[test]
fn every_level_says_how_many_shards_there_are() {
    let wrangler = manifest("wrangler.toml");
    let environments = wrangler["env"].as_table().expect("environments").values();
    let environments = environments.filter_map(toml::Value::as_table);
    for level in std::iter::once(&wrangler).chain(environments) {
        let shards = level["vars"]["ORIGIN_SHARDS"].as_str().expect("a text");
        let shards: u16 = shards.parse().expect("a number");
        assert!((1..=1_024).contains(&shards), "{shards}");
    }
}

#[test]
fn every_durable_object_has_a_migration() {
    let wrangler = manifest("wrangler.toml");
    let environments = wrangler["env"].as_table().expect("environments").values();
    let environments = environments.filter_map(toml::Value::as_table);
    for level in std::iter::once(&wrangler).chain(environments) {
        let (bound, made) = classes(level);
        assert!(!bound.is_empty());
        assert_eq!(bound, made);
    }
}

#[test]
fn a_bare_deploy_reaches_nothing_real() {
    let wrangler = manifest("wrangler.toml");
    let namespaces = wrangler["kv_namespaces"].as_array().expect("a list");
    for namespace in namespaces {
        let id = namespace["id"].as_str().expect("an id");
        let real = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(!real, "the top level names the namespace {id}");
    }
    assert_eq!(wrangler["workers_dev"].as_bool(), Some(false));
}

#[test]
fn components_have_exactly_their_stores_and_hosts() {
    let spin = manifest("spin.toml");
    let components = spin["component"].as_table().expect("components");
    let known: BTreeSet<_> = COMPONENTS.iter().map(|c| c.name.to_owned()).collect();
    assert_eq!(components.keys().cloned().collect::<BTreeSet<_>>(), known);
    let triggers = spin["trigger"]["http"].as_array().expect("triggers");
    for expected in COMPONENTS {
        let name = expected.name;
        let component = components[name].as_table().expect("a component");
        assert_eq!(
            texts(component, "key_value_stores"),
            expected.key_value_stores,
            "{name}"
        );
        assert_eq!(
            texts(component, "sqlite_databases"),
            expected.sqlite_databases,
            "{name}"
        );
        assert_eq!(
            texts(component, "allowed_outbound_hosts"),
            expected.hosts,
            "{name}"
        );
        for reach in ["ai_models", "files", "dependencies_inherit_configuration"] {
            assert!(!component.contains_key(reach), "{name} has {reach}");
        }
        let own = triggers
            .iter()
            .filter(|trigger| trigger["component"].as_str() == Some(name));
        for trigger in own {
            let private = trigger["route"]
                .get("private")
                .and_then(toml::Value::as_bool);
            assert_eq!(
                private != Some(true),
                expected.public,
                "{name}: {trigger:?}"
            );
        }
    }
}

#[test]
fn programs_of_the_tasks_are_pinned() {
    let package: serde_json::Value =
        serde_json::from_str(&read("package.json")).expect("package.json");
    assert!(
        package.get("dependencies").is_none(),
        "nothing of it is deployed"
    );
    let programs = package["devDependencies"].as_object().expect("programs");
    for (name, version) in programs {
        let version = version.as_str().expect("a version");
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let exact = version.split('.').count() == 3 && version.split('.').all(digits);
        assert!(exact, "{name} is {version}: name one version");
    }
}

/// Whoever can say anything to payments but an event of the provider can close pages and ask for
/// work; the address of the webhook is therefore the only one, and exact.
#[test]
fn only_the_webhook_of_payments_is_public() {
    let spin = manifest("spin.toml");
    let triggers = spin["trigger"]["http"].as_array().expect("triggers");
    let routes = triggers
        .iter()
        .filter(|trigger| trigger["component"].as_str() == Some("payments"))
        .map(|trigger| trigger["route"].as_str().expect("a public route"));
    assert_eq!(routes.collect::<Vec<_>>(), ["/payments/stripe/webhook"]);
}

/// A sandbox is for the developer's own machine: no deployment names one.
#[test]
fn no_deployment_asks_a_payment_sandbox() {
    let wrangler = read("wrangler.toml");
    assert!(!wrangler.contains("PAYMENT_SANDBOX_PORT"));
    let spin = manifest("spin.toml");
    let port = &spin["variables"]["payment_sandbox_port"];
    assert_eq!(port["default"].as_str(), Some("0"));
    for secret in ["stripe_secret_key", "stripe_webhook_secrets"] {
        let variable = &spin["variables"][secret];
        assert_eq!(variable["default"].as_str(), Some(""), "{secret}");
        assert_eq!(variable["secret"].as_bool(), Some(true), "{secret}");
    }
}
