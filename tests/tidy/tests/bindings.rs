//! What each deployable may reach on both platforms, and which secrets it holds, in one table: a
//! new binding is added here on purpose.

use std::collections::{BTreeMap, BTreeSet};

use souk_tidy::{Manifest, files, manifest, read, texts};

/// What is bound by a deployable, whatever its platform calls it.
struct Deployable {
    name: &'static str,
    /// What it may reach.
    reach: &'static [Reach],
    /// Its secrets, as Workers spell them; Spin writes them in lower case.
    secrets: &'static [&'static str],
    /// Addresses that the public reaches it at, as Spin spells them; everything else is another's.
    routes: &'static [&'static str],
}

/// One thing that a deployable may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The published catalogue. On Spin it lies in the key-value store with the availability
    /// snapshot.
    Catalogue,
    /// Orders and stock, of the origin.
    Origin,
    /// What is sold out, of the origin.
    Availability,
    /// The counters of what each client tries: objects on Workers, operations on Spin.
    Counters,
    /// What happens to orders, on its way to the back office. Spin has no queue: the back office
    /// asks.
    OrderQueue,
    /// Counts of searches, on their way to the back office. Spin has no queue: the storefront calls the
    /// back office.
    TallyQueue,
    /// The back office's own store.
    OrderIndex,
    /// The deployable `payments`.
    Payments,
    /// The deployable `mail`.
    Mail,
    /// The deployable `backoffice`, which knows the staff tokens.
    BackOffice,
    /// Levels, switches and the journal, of the deployable `operations`.
    Operations,
    /// The pulse, on its way to edges: to the object with what is sold out on Workers, to the key-value
    /// store on Spin.
    Pulse,
    /// The build of a release.
    Next,
    /// The payment provider and nothing else of the world.
    Provider,
    /// The provider of mails, or the merchant's own webhook, and nothing else of the world.
    MailProvider,
    /// The receiver of figures of all instances. Workers reach every host.
    Telemetry,
    /// Origins of other deployments. Workers reach every host; the code asks those of the settings.
    OriginPool,
    /// PostgreSQL, in place of the platform's own database. Spin only.
    Postgres,
}

/// The table. A new binding, host or secret is added here on purpose.
const DEPLOYABLES: [Deployable; 7] = [
    Deployable {
        name: "storefront",
        reach: &[
            Reach::Catalogue,
            Reach::Availability,
            Reach::Origin,
            Reach::Counters,
            Reach::TallyQueue,
            Reach::Payments,
            Reach::BackOffice,
            Reach::Operations,
            Reach::Next,
            Reach::Telemetry,
            Reach::OriginPool,
        ],
        // It parses what strangers send.
        secrets: &[
            "SESSION_SECRET",
            "CODE_SECRET",
            "OTLP_AUTHORIZATION",
            "ORIGIN_TOKEN",
        ],
        routes: &["/..."],
    },
    // The same program; it forwards nothing, and only the storefront reaches it.
    Deployable {
        name: "storefront-next",
        reach: &[
            Reach::Catalogue,
            Reach::Availability,
            Reach::Origin,
            Reach::Counters,
            Reach::TallyQueue,
            Reach::Payments,
            Reach::BackOffice,
            Reach::Operations,
            Reach::Telemetry,
            Reach::OriginPool,
        ],
        secrets: &[
            "SESSION_SECRET",
            "CODE_SECRET",
            "OTLP_AUTHORIZATION",
            "ORIGIN_TOKEN",
        ],
        routes: &[],
    },
    Deployable {
        name: "origin",
        reach: &[
            Reach::Origin,
            Reach::Availability,
            Reach::OrderQueue,
            Reach::Postgres,
        ],
        secrets: &["DATA_KEYS", "CODE_SECRET", "POSTGRES_URL", "ORIGIN_TOKEN"],
        routes: &["/origin/..."],
    },
    Deployable {
        name: "backoffice",
        reach: &[
            Reach::Catalogue,
            Reach::Origin,
            Reach::OrderIndex,
            Reach::Payments,
            Reach::Mail,
            Reach::Operations,
        ],
        secrets: &["STAFF_TOKEN"],
        routes: &["/staff/..."],
    },
    Deployable {
        name: "operations",
        reach: &[
            Reach::Operations,
            Reach::Counters,
            Reach::Origin,
            Reach::Pulse,
        ],
        secrets: &[],
        routes: &[],
    },
    Deployable {
        name: "payments",
        reach: &[Reach::Origin, Reach::Provider, Reach::Telemetry],
        secrets: &[
            "STRIPE_SECRET_KEY",
            "STRIPE_WEBHOOK_SECRETS",
            "OTLP_AUTHORIZATION",
        ],
        // Exact: what another component says to payments must not be said by a stranger.
        routes: &["/payments/stripe/webhook"],
    },
    Deployable {
        name: "mail",
        reach: &[
            Reach::Catalogue,
            Reach::Origin,
            Reach::MailProvider,
            Reach::Telemetry,
        ],
        secrets: &[
            // The storefront's: links in mails have the token that opens their order.
            "SESSION_SECRET",
            "RESEND_API_KEY",
            "RESEND_WEBHOOK_SECRETS",
            "MAIL_WEBHOOK_SECRET",
            "OTLP_AUTHORIZATION",
        ],
        routes: &["/mail/v1/events"],
    },
];

/// Variables of Spin that are secrets.
const SPIN_SECRETS: [&str; 12] = [
    "session_secret",
    "otlp_authorization",
    "code_secret",
    "data_keys",
    "origin_token",
    "postgres_url",
    "staff_token",
    "stripe_secret_key",
    "stripe_webhook_secrets",
    "resend_api_key",
    "resend_webhook_secrets",
    "mail_webhook_secret",
];

impl Deployable {
    /// The folder with its code on Workers.
    fn code(&self) -> String {
        let name = self.name.strip_suffix("-next").unwrap_or(self.name);
        format!("functions/workers-{name}")
    }

    /// Its configuration on Workers.
    fn wrangler(&self) -> Manifest {
        match self.name {
            "storefront" => manifest("wrangler.toml"),
            name => manifest(format!("functions/workers-{name}/wrangler.toml")),
        }
    }

    /// The bindings that it has on Workers: kind, name, and whose it is where it is another
    /// script's.
    fn bindings(&self) -> BTreeSet<String> {
        let of_origin = match self.name {
            "origin" => "",
            _ => " of origin",
        };
        let of_operations = match self.name {
            "operations" => "",
            _ => " of operations",
        };
        let bindings = self.reach.iter().filter_map(|reach| match reach {
            Reach::Catalogue => Some("kv_namespaces CATALOGUE".to_owned()),
            Reach::Origin => Some(format!("durable_objects ORIGIN{of_origin}")),
            Reach::Availability | Reach::Pulse => {
                Some(format!("durable_objects AVAILABILITY{of_origin}"))
            }
            Reach::Operations => Some(format!("durable_objects OPERATIONS{of_operations}")),
            Reach::OrderQueue => Some("queues ORDER_EVENTS".to_owned()),
            Reach::TallyQueue => Some("queues SEARCH_TALLIES".to_owned()),
            Reach::Counters => Some(format!("durable_objects COUNTERS{of_operations}")),
            Reach::OrderIndex => Some("durable_objects ORDER_INDEX".to_owned()),
            Reach::Payments => Some("services PAYMENTS of payments".to_owned()),
            Reach::Mail => Some("services MAIL of mail".to_owned()),
            Reach::BackOffice => Some("services BACKOFFICE of backoffice".to_owned()),
            Reach::Next => Some("services NEXT of next".to_owned()),
            // Workers reach every host; the code asks the provider's alone.
            Reach::Provider
            | Reach::MailProvider
            | Reach::Postgres
            | Reach::Telemetry
            | Reach::OriginPool => None,
        });
        bindings.collect()
    }

    /// Key-value stores, databases and hosts that it has on Spin.
    fn stores_and_hosts(&self) -> (BTreeSet<&str>, BTreeSet<&str>, BTreeSet<&str>) {
        let is = |name| self.name == name;
        let (mut stores, mut databases, mut hosts) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for reach in self.reach {
            match reach {
                Reach::Catalogue | Reach::Availability | Reach::Pulse => {
                    stores.insert("default");
                }
                Reach::Origin if is("origin") => {
                    databases.insert("default");
                }
                Reach::Origin => {
                    hosts.insert("http://origin.spin.internal");
                }
                Reach::OrderIndex => {
                    databases.insert("default");
                }
                Reach::Operations if is("operations") => {
                    databases.insert("default");
                }
                Reach::Operations => {
                    hosts.insert("http://operations.spin.internal");
                }
                Reach::Payments => {
                    hosts.insert("http://payments.spin.internal");
                }
                Reach::Mail => {
                    hosts.insert("http://mail.spin.internal");
                }
                Reach::BackOffice => {
                    hosts.insert("http://backoffice.spin.internal");
                }
                Reach::Next => {
                    hosts.insert("http://storefront-next.spin.internal");
                }
                Reach::MailProvider => hosts.extend([
                    "https://api.resend.com",
                    "{{ mail_webhook_host }}",
                    "http://127.0.0.1:{{ mail_outbox_port }}",
                ]),
                Reach::Provider => hosts.extend([
                    "https://api.stripe.com",
                    "http://127.0.0.1:{{ payment_sandbox_port }}",
                ]),
                Reach::Postgres => {
                    hosts.insert("postgres://{{ postgres_host }}");
                }
                Reach::Telemetry => {
                    hosts.insert("{{ otlp_host }}");
                }
                Reach::OriginPool => hosts.extend([
                    "{{ origin_pool_host_1 }}",
                    "{{ origin_pool_host_2 }}",
                    "{{ origin_pool_host_3 }}",
                    "{{ origin_pool_host_4 }}",
                ]),
                Reach::OrderQueue | Reach::TallyQueue | Reach::Counters => {}
            }
        }
        (stores, databases, hosts)
    }
}

/// Tables of a `wrangler.toml` that bind something.
const KINDS: [(&str, &str); 9] = [
    ("kv_namespaces", "binding"),
    ("r2_buckets", "binding"),
    ("d1_databases", "binding"),
    ("services", "binding"),
    ("analytics_engine_datasets", "binding"),
    ("hyperdrive", "binding"),
    ("durable_objects", "name"),
    ("queues", "binding"),
    ("ratelimits", "name"),
];
/// What else stands in a `wrangler.toml`, and binds nothing.
const OTHERS: [&str; 12] = [
    "build",
    "compatibility_date",
    "env",
    "main",
    "migrations",
    "name",
    "observability",
    "preview_urls",
    "routes",
    "triggers",
    "vars",
    "workers_dev",
];

/// The bindings of a level of a `wrangler.toml`.
fn bindings(level: &Manifest) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (kind, key) in KINDS {
        // Some are lists, some are tables that hold lists.
        let lists: Vec<_> = match level.get(kind) {
            None => continue,
            Some(toml::Value::Table(table)) => table.values().collect(),
            Some(list) => vec![list],
        };
        for item in lists
            .into_iter()
            .filter_map(toml::Value::as_array)
            .flatten()
        {
            let text = |key: &str| item.get(key).and_then(toml::Value::as_str);
            let whose = text("script_name").or_else(|| text("service"));
            // `souk-origin` and `souk-dev-origin`.
            let whose =
                whose.map(|whose| format!(" of {}", whose.rsplit('-').next().unwrap_or(whose)));
            let name = text(key).map(|name| format!("{kind} {name}{}", whose.unwrap_or_default()));
            found.extend(name);
        }
    }
    found
}

fn text(value: &toml::Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The top level of a configuration, and its environments.
fn levels(wrangler: &Manifest) -> Vec<&Manifest> {
    let environments = wrangler["env"].as_table().expect("environments");
    assert!(environments.contains_key("production"));
    let environments = environments.values().filter_map(toml::Value::as_table);
    std::iter::once(wrangler).chain(environments).collect()
}

#[test]
fn scripts_have_exactly_what_the_table_says_in_every_environment() {
    for deployable in DEPLOYABLES {
        let (name, wrangler) = (deployable.name, deployable.wrangler());
        for key in wrangler.keys() {
            let known = OTHERS.contains(&key.as_str()) || KINDS.iter().any(|(kind, _)| kind == key);
            assert!(
                known,
                "{name}: {key} may bind something: add it to this test"
            );
        }
        for level in levels(&wrangler) {
            assert_eq!(bindings(level), deployable.bindings(), "{name}");
            assert_eq!(level["workers_dev"].as_bool(), Some(false), "{name}");
            assert_eq!(level["preview_urls"].as_bool(), Some(false), "{name}");
            let vars = |level: &Manifest| -> BTreeSet<String> {
                level["vars"]
                    .as_table()
                    .expect("variables")
                    .keys()
                    .cloned()
                    .collect()
            };
            assert_eq!(vars(level), vars(&wrangler), "{name}");
            assert_eq!(
                level.get("migrations"),
                wrangler.get("migrations"),
                "{name}"
            );
            for secret in DEPLOYABLES.iter().flat_map(|one| one.secrets) {
                assert!(
                    !vars(level).contains(*secret),
                    "{name} has {secret} in the open"
                );
            }
        }
    }
}

/// A script reads a secret by its name: one that is not named in its code, or in the settings of a
/// crate which it takes, is not in its process.
#[test]
fn scripts_read_their_own_secrets_and_no_others() {
    for deployable in DEPLOYABLES {
        let name = deployable.name;
        let mut folders = vec![format!("{}/src", deployable.code())];
        let taken = manifest(format!("{}/Cargo.toml", deployable.code()));
        let taken = taken["dependencies"].as_table().expect("dependencies");
        let crates = taken.keys().filter_map(|name| name.strip_prefix("souk-"));
        // Where a crate names the settings that it has the script read.
        folders.extend(crates.map(|name| format!("shared/{name}/src/settings.rs")));
        let code: String = files(".rs")
            .into_iter()
            .filter(|path| folders.iter().any(|folder| path.starts_with(folder)))
            .map(read)
            .collect();
        assert!(!code.is_empty(), "{folders:?} have no code");
        for secret in DEPLOYABLES.iter().flat_map(|one| one.secrets) {
            // PostgreSQL is Spin's, and so is the entrance of the origin.
            let is_of_spin =
                *secret == "POSTGRES_URL" || (name, *secret) == ("origin", "ORIGIN_TOKEN");
            let own = deployable.secrets.contains(secret) && !is_of_spin;
            // Crates spell their settings in lower case, for both platforms.
            let spelled = [(*secret).to_owned(), secret.to_ascii_lowercase()];
            let read = spelled
                .iter()
                .any(|name| code.contains(&format!("\"{name}\"")));
            assert_eq!(read, own, "{name} and {secret}");
        }
    }
}

/// Scripts that share a number have the same one: the origin would not be found otherwise.
#[test]
fn variables_of_one_name_have_one_value_in_every_script() {
    for level in 0..2 {
        let mut values = BTreeMap::new();
        for deployable in DEPLOYABLES {
            let wrangler = deployable.wrangler();
            let vars = levels(&wrangler)[level]["vars"]
                .as_table()
                .expect("variables");
            let reaches_origin = deployable.reach.contains(&Reach::Origin);
            let has_shards = vars.contains_key("ORIGIN_SHARDS");
            assert_eq!(has_shards, reaches_origin, "{}", deployable.name);
            for (name, value) in vars.iter().filter(|(name, _)| *name != "LANE") {
                let known = values.entry(name.clone()).or_insert_with(|| value.clone());
                assert_eq!(known, value, "{}: {name}", deployable.name);
            }
        }
        let shards = values["ORIGIN_SHARDS"].as_str().expect("a text");
        let shards: u16 = shards.parse().expect("a number");
        assert!((1..=1_024).contains(&shards), "{shards}");
    }
}

/// Routes that Spin has alone: on Workers the origin is reached by bindings only.
const SPIN_ROUTES: [&str; 1] = ["/origin/..."];

/// Operations have none. A path that ends in `*` is the same as one that ends in `...` on Spin.
#[test]
fn the_public_reaches_scripts_and_components_at_the_same_addresses() {
    let spin = manifest("spin.toml");
    let triggers = spin["trigger"]["http"].as_array().expect("triggers");
    for Deployable { name, routes, .. } in &DEPLOYABLES {
        let of_component = triggers
            .iter()
            .filter(|one| one["component"].as_str() == Some(name));
        let mut private = 0;
        let mut of_spin = Vec::new();
        for trigger in of_component {
            match trigger["route"].as_str() {
                Some(route) => of_spin.push(route),
                None => {
                    let is_private = trigger["route"].get("private");
                    assert_eq!(
                        is_private.and_then(toml::Value::as_bool),
                        Some(true),
                        "{name}"
                    );
                    private += 1;
                }
            }
        }
        assert_eq!(of_spin, *routes, "{name}");
        assert_eq!(private, usize::from(routes.is_empty()), "{name}");

        let wrangler = DEPLOYABLES
            .iter()
            .find(|one| one.name == *name)
            .expect("it is one of them")
            .wrangler();
        assert!(
            wrangler.get("routes").is_none(),
            "{name}: the top level is local"
        );
        let production = wrangler["env"]["production"].get("routes");
        let patterns = production
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten();
        let patterns = patterns.map(|route| {
            let pattern = route["pattern"].as_str().expect("a pattern");
            match pattern.split_once('/') {
                Some((_host, path)) => format!("/{}", path.replace('*', "...")),
                None => "/...".to_owned(),
            }
        });
        let routes = routes.iter().filter(|route| !SPIN_ROUTES.contains(route));
        assert_eq!(
            patterns.collect::<Vec<_>>(),
            routes.copied().collect::<Vec<_>>(),
            "{name}"
        );
    }
}

#[test]
fn every_durable_object_has_a_migration_in_its_own_script() {
    let mut classes = BTreeSet::new();
    for deployable in DEPLOYABLES {
        let wrangler = deployable.wrangler();
        let steps = wrangler.get("migrations").and_then(toml::Value::as_array);
        let steps = steps
            .into_iter()
            .flatten()
            .filter_map(toml::Value::as_table);
        let made: BTreeSet<_> = steps
            .flat_map(|step| texts(step, "new_sqlite_classes"))
            .collect();
        for level in levels(&wrangler) {
            let objects = level
                .get("durable_objects")
                .map(|objects| &objects["bindings"]);
            let objects = objects
                .and_then(toml::Value::as_array)
                .into_iter()
                .flatten();
            let own = objects.filter(|object| object.get("script_name").is_none());
            let own = own.filter_map(|object| object.get("class_name")?.as_str());
            let own: BTreeSet<_> = own.map(str::to_owned).collect();
            assert_eq!(own, made, "{}", deployable.name);
        }
        classes.extend(made);
    }
    assert_eq!(
        classes.into_iter().collect::<Vec<_>>(),
        [
            "Availability",
            "Counters",
            "Operations",
            "OrderIndex",
            "Origin"
        ]
    );
}

/// Each queue that is filled is emptied, and what it gives up is too.
#[test]
fn every_queue_has_a_producer_and_a_consumer() {
    let named = |wrangler: &Manifest, level: usize, kind: &str, key: &str| -> BTreeSet<String> {
        let list = levels(wrangler)[level]
            .get("queues")
            .and_then(|queues| queues.get(kind));
        let list = list.and_then(toml::Value::as_array).into_iter().flatten();
        let named = list.filter_map(|one| one.get(key)?.as_str());
        named.map(str::to_owned).collect()
    };
    let (origin, backoffice, storefront) = (
        manifest("functions/workers-origin/wrangler.toml"),
        manifest("functions/workers-backoffice/wrangler.toml"),
        manifest("wrangler.toml"),
    );
    for level in 0..2 {
        let mut filled = named(&origin, level, "producers", "queue");
        filled.extend(named(&storefront, level, "producers", "queue"));
        assert_eq!(filled.len(), 2);
        filled.extend(named(&backoffice, level, "consumers", "dead_letter_queue"));
        assert_eq!(named(&backoffice, level, "consumers", "queue"), filled);
    }
}

#[test]
fn a_bare_deploy_reaches_nothing_real() {
    for deployable in DEPLOYABLES {
        let wrangler = deployable.wrangler();
        let namespaces = wrangler
            .get("kv_namespaces")
            .and_then(toml::Value::as_array);
        for namespace in namespaces.into_iter().flatten() {
            let id = namespace["id"].as_str().expect("an id");
            let real = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(!real, "the top level names the namespace {id}");
        }
        let (local, production) = (&wrangler["name"], &wrangler["env"]["production"]["name"]);
        assert_ne!(local, production, "{}", deployable.name);
    }
}

/// The stand-in for routes on the developer's machine binds what has a public route, and cannot be
/// deployed by mistake to a real name.
#[test]
fn the_local_front_reaches_what_has_a_route() {
    let front = manifest("tests/workers-front/wrangler.toml");
    assert!(front.get("env").is_none() && front.get("routes").is_none());
    let is_public = |one: &&Deployable| {
        let mut routes = one.routes.iter();
        routes.any(|route| !SPIN_ROUTES.contains(route))
    };
    let public = DEPLOYABLES.iter().filter(is_public);
    let scripts: BTreeSet<_> = public.map(|one| text(&one.wrangler()["name"])).collect();
    let services = front["services"].as_array().expect("services").iter();
    let bound: BTreeSet<_> = services.map(|service| text(&service["service"])).collect();
    assert_eq!(bound, scripts);
}

#[test]
fn components_have_exactly_their_stores_hosts_and_secrets() {
    let spin = manifest("spin.toml");
    let components = spin["component"].as_table().expect("components");
    let names: BTreeSet<_> = components.keys().map(String::as_str).collect();
    assert_eq!(names, DEPLOYABLES.iter().map(|one| one.name).collect());
    for deployable in DEPLOYABLES {
        let name = deployable.name;
        let component = components[name].as_table().expect("a component");
        let has = |key: &str| -> BTreeSet<String> { texts(component, key).into_iter().collect() };
        let wanted = |set: BTreeSet<&str>| -> BTreeSet<String> {
            set.into_iter().map(str::to_owned).collect()
        };
        let (stores, databases, hosts) = deployable.stores_and_hosts();
        assert_eq!(has("key_value_stores"), wanted(stores), "{name}");
        assert_eq!(has("sqlite_databases"), wanted(databases), "{name}");
        assert_eq!(has("allowed_outbound_hosts"), wanted(hosts), "{name}");
        for reach in ["ai_models", "files", "dependencies_inherit_configuration"] {
            assert!(!component.contains_key(reach), "{name} has {reach}");
        }
        let variables = component["variables"]
            .as_table()
            .expect("variables")
            .values();
        let given: String = variables.map(text).collect();
        for secret in SPIN_SECRETS {
            let own = deployable
                .secrets
                .iter()
                .any(|own| own.to_lowercase() == secret);
            let has = given.contains(&format!("{{{{ {secret} }}}}"));
            assert_eq!(has, own, "{name} and {secret}");
        }
    }
    for (name, variable) in spin["variables"].as_table().expect("variables") {
        let is_secret = variable.get("secret").and_then(toml::Value::as_bool) == Some(true);
        assert_eq!(is_secret, SPIN_SECRETS.contains(&name.as_str()), "{name}");
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
    let of = |kind: &str| package[kind].as_object().expect("programs");
    let programs = of("devDependencies").iter();
    // Node itself, for each kind of machine.
    for (name, version) in programs.chain(of("optionalDependencies")) {
        let version = version.as_str().expect("a version");
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let exact = version.split('.').count() == 3 && version.split('.').all(digits);
        assert!(exact, "{name} is {version}: name one version");
    }
}

/// A sandbox is for the developer's own machine: no deployment names one.
#[test]
fn no_deployment_asks_a_payment_sandbox() {
    for deployable in DEPLOYABLES {
        let wrangler = deployable.wrangler();
        for level in levels(&wrangler) {
            assert!(level["vars"].get("PAYMENT_SANDBOX_PORT").is_none());
        }
    }
    let spin = manifest("spin.toml");
    let port = &spin["variables"]["payment_sandbox_port"];
    assert_eq!(port["default"].as_str(), Some("0"));
    for secret in ["stripe_secret_key", "stripe_webhook_secrets"] {
        let variable = &spin["variables"][secret];
        assert_eq!(variable["default"].as_str(), Some(""), "{secret}");
        assert_eq!(variable["secret"].as_bool(), Some(true), "{secret}");
    }
}
