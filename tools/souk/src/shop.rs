//! Which shop a command speaks to, and with which token.
//!
//! For a shop on this machine a command makes itself a token, with the secret in `.dev.vars`, the
//! secrets of a local shop, in the working directory or one above it. They are read for a loopback
//! address only: a secret of a local shop is not sent anywhere else.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;
use souk_protocol::staff::{self, CreateToken, Permission};

use crate::client::StaffClient;
use crate::orders::random_key;

/// Files that may hold the secrets of a local shop: one for the whole shop, or that of the script that
/// serves its staff.
const LOCAL_SECRETS: [&str; 2] = [".dev.vars", "functions/workers-backoffice/.dev.vars"];

/// Which shop, and the staff token for it.
#[derive(Args)]
pub(crate) struct ShopArgs {
    /// Address of the shop.
    #[arg(
        long,
        global = true,
        env = "SOUK_SHOP",
        value_name = "URL",
        default_value = "http://127.0.0.1:8787"
    )]
    shop: String,
    /// The staff token; for a shop on this machine the command makes its own when none is given.
    #[arg(
        long,
        global = true,
        env = "SOUK_STAFF_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    token: Option<String>,
}

impl ShopArgs {
    /// A client of the shop.
    ///
    /// # Errors
    /// When there is no token, or the address is none.
    pub(crate) fn client(&self) -> Result<StaffClient> {
        match &self.token {
            Some(token) => {
                ensure_private(&self.shop)?;
                StaffClient::new(&self.shop, token)
            }
            None => local_client(&self.shop, &self.maker_of_tokens()?),
        }
    }

    /// A client that makes tokens and may be able to do nothing else: for a shop on this machine that of
    /// the deployment's secret when no token is given.
    ///
    /// # Errors
    /// As [`ShopArgs::client`].
    pub(crate) fn maker_of_tokens(&self) -> Result<StaffClient> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None => local_secret(&self.shop, &env::current_dir().unwrap_or_default())
                .with_context(|| {
                    format!(
                        "{} needs a staff token: set SOUK_STAFF_TOKEN to one that `souk staff token \
                         create` made (--token works too); the first ones are made with the \
                         deployment's secret STAFF_TOKEN",
                        self.shop
                    )
                })?,
        };
        ensure_private(&self.shop)?;
        StaffClient::new(&self.shop, &token)
    }
}

/// Refuses to send a token over a network in clear.
fn ensure_private(shop: &str) -> Result<()> {
    let is_clear = shop
        .get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
    if is_clear && !is_loopback(shop) {
        let host = &shop[7..];
        bail!(
            "{shop} is another machine, and over HTTP everyone on the way can read the staff \
             token, so nothing was sent: name the shop as https://{host}; if it has no HTTPS yet, \
             reach it through a tunnel such as `ssh -L 8787:127.0.0.1:8787 YOUR-SERVER` and name \
             http://127.0.0.1:8787. If you have sent a token this way before, replace it"
        );
    }
    Ok(())
}

/// The name of the token with which commands work on a shop on this machine.
const LOCAL: &str = "local";
/// The same key gives the same token, so every command has that of the one before it.
const LOCAL_KEY: &str = "souk on the machine of the shop";

/// A client with the token of this machine, which allows everything.
fn local_client(shop: &str, maker: &StaffClient) -> Result<StaffClient> {
    let asked = CreateToken {
        name: LOCAL.to_owned(),
        permissions: Permission::ALL.to_vec(),
        expires_at_ms: None,
    };
    let made = match maker.post_once(staff::CREATE_TOKEN, LOCAL_KEY, &asked) {
        Ok(made) => made,
        Err(error) => {
            // It was revoked once, or made with another secret: then another one takes its place.
            let tokens = maker.get(staff::LIST_TOKENS).map_err(|_| error)?;
            if tokens.iter().any(|token| token.name == LOCAL) {
                maker.delete(&staff::REVOKE_TOKEN.at(&[LOCAL]))?;
            }
            maker.post_once(staff::CREATE_TOKEN, &random_key()?, &asked)?
        }
    };
    StaffClient::new(shop, &made.token)
}

/// The secret of a shop that `cargo xtask dev` started, where `shop` is on this machine.
fn local_secret(shop: &str, directory: &Path) -> Option<String> {
    if !is_loopback(shop) {
        return None;
    }
    let files = directory
        .ancestors()
        .flat_map(|directory| LOCAL_SECRETS.map(|file| directory.join(file)));
    files
        .filter_map(|file| fs::read_to_string(file).ok())
        .find_map(|text| secret(&text))
}

fn secret(text: &str) -> Option<String> {
    let (_, token) = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == "STAFF_TOKEN")?;
    Some(token.trim().trim_matches(['"', '\'']).to_owned())
}

fn is_loopback(shop: &str) -> bool {
    let Some((_, rest)) = shop.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return false;
    }
    let host = match authority.strip_prefix('[') {
        Some(ipv6) => ipv6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    matches!(host, "127.0.0.1" | "localhost" | "::1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_a_network_by_https_only() {
        for shop in [
            "https://shop.example",
            "http://127.0.0.1:8787",
            "http://localhost",
            "http://[::1]:8787/",
        ] {
            ensure_private(shop).unwrap();
        }
        for shop in [
            "http://shop.example",
            "HTTP://shop.example:8787/",
            "http://127.0.0.1@shop.example",
            "http://localhost.shop.example",
            "http://192.168.0.7",
        ] {
            let refused = ensure_private(shop).unwrap_err().to_string();
            assert!(
                refused.contains(shop) && refused.contains("https://"),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_local_secret_is_sent_to_this_machine_only() {
        let root = env::temp_dir().join(format!("souk-shop-{}", std::process::id()));
        let below = root.join("a/b");
        fs::create_dir_all(&below).unwrap();
        let text = "# STAFF_TOKEN = \"no\"\nSTAFF_TOKEN = \"of this shop\"\n";
        // A file without the token does not hide one that has it.
        fs::write(root.join("a/.dev.vars"), "SESSION_SECRET = \"s\"\n").unwrap();
        fs::create_dir_all(root.join("functions/workers-backoffice")).unwrap();
        fs::write(root.join(LOCAL_SECRETS[1]), text).unwrap();
        for local in [
            "http://127.0.0.1:8787",
            "http://localhost/",
            "http://[::1]:80",
        ] {
            let secret = local_secret(local, &below);
            assert_eq!(secret.as_deref(), Some("of this shop"), "{local}");
        }
        for elsewhere in [
            "https://shop.example",
            "http://127.0.0.1.shop.example",
            "http://localhost:80@shop.example",
            "http://shop.example/127.0.0.1",
            "127.0.0.1",
        ] {
            assert_eq!(local_secret(elsewhere, &below), None, "{elsewhere}");
        }
        fs::remove_dir_all(root).unwrap();
    }
}
