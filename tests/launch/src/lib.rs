//! The arguments of `spin up` for a shop: the same for Spin and the local runner, in tests, in
//! benchmarks and in the developer's tasks.
//!
//! **Architecture Invariant:** variables of the shop are in the environment of the process, and none is
//! on its command line, which every user of the machine can read (`ps`).
//!
//! Not here: the process. A test ends its server with itself, a benchmark looks at its use of the
//! machine, and a developer's server ends politely; they have little in common.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

/// Has an instance answer any number of requests. By default Spin replaces it after 128, and the first
/// answer of a new one takes some 40 ms longer (`docs/operating.md`). For measurements; a developer's
/// shop and the tests have Spin's default, so that instances come and go.
pub const REUSE: [&str; 2] = ["--max-instance-reuse-count", "1000000"];

/// Gives a variable of the shop to the program: Spin reads `SPIN_VARIABLE_NAME` for `name`. Of two
/// values the last one counts.
pub fn set_variable(command: &mut Command, name: &str, value: &str) {
    command.env(
        format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase()),
        value,
    );
}

/// A shop on Spin.
#[derive(Debug, Clone, Copy)]
pub struct SpinShop<'a> {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where its stores are.
    pub state: &'a Path,
    /// Signs carts and forms.
    pub session_secret: &'a str,
    /// Opens the staff API.
    pub staff_token: &'a str,
    /// Makes codes of promotions' series; empty: there are none.
    pub code_secret: &'a str,
    /// Seals personal fields: `NAME:KEY`; empty: they are stored as they are.
    pub data_keys: &'a str,
    /// `postgres://…`; `None`: Spin's SQLite.
    pub postgres_url: Option<&'a str>,
    /// How cards are taken; `None`: not at all.
    pub payments: Option<Payments<'a>>,
}

/// How a shop takes cards.
#[derive(Debug, Clone, Copy)]
pub struct Payments<'a> {
    /// The provider's key.
    pub secret_key: &'a str,
    /// Sign webhooks; separated by commas.
    pub webhook_secrets: &'a str,
    /// The port of a sandbox on this machine; `None`: the provider itself.
    pub sandbox_port: Option<u16>,
}

impl SpinShop<'_> {
    /// Adds arguments and variables to the program; the manifest is named by its path.
    ///
    /// # Errors
    /// When the address of the database names no host.
    pub fn arguments(&self, command: &mut Command, manifest: &Path) -> Result<()> {
        command
            .args(["up", "--listen", &self.listen.to_string(), "--from"])
            .arg(manifest)
            .arg("--state-dir")
            .arg(self.state);
        let mut variable = |name: &str, value: &str| set_variable(command, name, value);
        variable("session_secret", self.session_secret);
        variable("staff_token", self.staff_token);
        let optional = [
            ("code_secret", self.code_secret),
            ("data_keys", self.data_keys),
        ];
        for (name, value) in optional.into_iter().filter(|(_, value)| !value.is_empty()) {
            variable(name, value);
        }
        if let Some(payments) = self.payments {
            variable("stripe_secret_key", payments.secret_key);
            variable("stripe_webhook_secrets", payments.webhook_secrets);
            if let Some(port) = payments.sandbox_port {
                variable("payment_sandbox_port", &port.to_string());
            }
        }
        if let Some(url) = self.postgres_url {
            variable("postgres_url", url);
            // The only host outside that the origin may reach.
            variable("postgres_host", &postgres_host(url)?);
        }
        Ok(())
    }
}

/// `HOST:PORT` of `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
///
/// # Errors
/// When the address is none of PostgreSQL, or names no host.
pub fn postgres_host(url: &str) -> Result<String> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"));
    let authority = rest.and_then(|rest| rest.split(['/', '?']).next());
    let host = authority.map(|authority| authority.rsplit('@').next().unwrap_or_default());
    match host {
        Some(host) if !host.is_empty() && host.contains(':') => Ok(host.to_owned()),
        Some(host) if !host.is_empty() => Ok(format!("{host}:5432")),
        _ => {
            bail!("a database has an address such as postgres://user:password@127.0.0.1:5432/souk")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    /// What the program finds in its environment, a line for each.
    fn variables(command: &Command) -> String {
        let text = |part: &OsStr| part.to_str().expect("a text").to_owned();
        let given = command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        given
            .map(|(name, value)| format!("{}={}\n", text(name), text(value)))
            .collect()
    }

    #[test]
    fn the_host_of_a_database_address_is_found() {
        let cases = [
            ("postgres://u:p@127.0.0.1:5433/souk", "127.0.0.1:5433"),
            (
                "postgresql://db.example/souk?sslmode=require",
                "db.example:5432",
            ),
            ("postgres://u:p%40q@db.example", "db.example:5432"),
        ];
        for (url, host) in cases {
            assert_eq!(postgres_host(url).unwrap(), host, "{url}");
        }
        for bad in ["", "mysql://a/b", "postgres://", "postgres:///souk"] {
            assert!(postgres_host(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_database_comes_with_the_permission_to_reach_it() {
        let shop = SpinShop {
            listen: ([127, 0, 0, 1], 1).into(),
            state: Path::new("state"),
            session_secret: "s",
            staff_token: "t",
            code_secret: "",
            data_keys: "",
            postgres_url: Some("postgres://u:p@db.example:9/x"),
            payments: None,
        };
        let mut command = Command::new("spin");
        shop.arguments(&mut command, Path::new("spin.toml"))
            .unwrap();
        let given = variables(&command);
        assert!(
            given.contains("SPIN_VARIABLE_POSTGRES_HOST=db.example:9\n"),
            "{given}"
        );
        let wrong = SpinShop {
            postgres_url: Some("nonsense"),
            ..shop
        };
        assert!(
            wrong
                .arguments(&mut command, Path::new("spin.toml"))
                .is_err()
        );
    }

    #[test]
    fn no_secret_is_on_the_command_line() {
        let shop = SpinShop {
            listen: ([127, 0, 0, 1], 1).into(),
            state: Path::new("state"),
            session_secret: "hidden-1",
            staff_token: "hidden-2",
            code_secret: "hidden-7",
            data_keys: "hidden-3",
            postgres_url: Some("postgres://u:hidden-4@db.example:9/x"),
            payments: Some(Payments {
                secret_key: "hidden-5",
                webhook_secrets: "hidden-6",
                sandbox_port: None,
            }),
        };
        let mut command = Command::new("spin");
        shop.arguments(&mut command, Path::new("spin.toml"))
            .unwrap();
        let given = variables(&command);
        for number in 1..=7 {
            assert!(given.contains(&format!("hidden-{number}")), "{given}");
        }
        let shown = command.get_args().filter_map(|arg| arg.to_str());
        let shown: Vec<_> = shown.collect();
        assert!(!shown.join(" ").contains("hidden"), "{shown:?}");
        set_variable(&mut command, "staff_token", "another");
        assert!(variables(&command).contains("SPIN_VARIABLE_STAFF_TOKEN=another\n"));
    }

    #[test]
    fn a_sandbox_is_named_by_its_port_alone() {
        let payments = Payments {
            secret_key: "sk_test_x",
            webhook_secrets: "whsec_x",
            sandbox_port: Some(8797),
        };
        let given = |payments| {
            let shop = SpinShop {
                listen: ([127, 0, 0, 1], 1).into(),
                state: Path::new("state"),
                session_secret: "s",
                staff_token: "t",
                code_secret: "",
                data_keys: "",
                postgres_url: None,
                payments,
            };
            let mut command = Command::new("spin");
            shop.arguments(&mut command, Path::new("spin.toml"))
                .unwrap();
            variables(&command).to_ascii_lowercase()
        };
        let with = given(Some(payments));
        assert!(with.contains("_stripe_secret_key=sk_test_x\n"), "{with}");
        assert!(with.contains("_payment_sandbox_port=8797\n"), "{with}");
        let real = given(Some(Payments {
            sandbox_port: None,
            ..payments
        }));
        assert!(!real.contains("sandbox"), "{real}");
        assert!(!given(None).contains("stripe"), "{}", given(None));
    }
}
