//! Which shop a command speaks to, and with which token.
//!
//! The token of a shop on this machine may come from `.dev.vars`, the secrets of a local shop, in the
//! working directory or one above it. It is read for a loopback address only: a secret of a local shop
//! is not sent anywhere else.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::client::StaffClient;

/// Files that may hold the secrets of a local shop: one for the whole shop, or that of the script that
/// serves its staff.
const LOCAL_SECRETS: [&str; 2] = [".dev.vars", "functions/workers-backoffice/.dev.vars"];

/// Which shop, and its staff token.
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
    /// The staff token; for a shop on this machine that of `.dev.vars` when none is given.
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
        let token = match &self.token {
            Some(token) => token.clone(),
            None => local_token(&self.shop, &env::current_dir().unwrap_or_default()).with_context(
                || {
                    format!(
                        "{} needs a staff token: set SOUK_STAFF_TOKEN to the shop's STAFF_TOKEN \
                         (--token works too)",
                        self.shop
                    )
                },
            )?,
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

/// The token of a shop that `cargo xtask dev` started, where `shop` is on this machine.
fn local_token(shop: &str, directory: &Path) -> Option<String> {
    if !is_loopback(shop) {
        return None;
    }
    let files = directory
        .ancestors()
        .flat_map(|directory| LOCAL_SECRETS.map(|file| directory.join(file)));
    files
        .filter_map(|file| fs::read_to_string(file).ok())
        .find_map(|text| staff_token(&text))
}

fn staff_token(text: &str) -> Option<String> {
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
    fn a_local_token_is_sent_to_this_machine_only() {
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
            let token = local_token(local, &below);
            assert_eq!(token.as_deref(), Some("of this shop"), "{local}");
        }
        for elsewhere in [
            "https://shop.example",
            "http://127.0.0.1.shop.example",
            "http://localhost:80@shop.example",
            "http://shop.example/127.0.0.1",
            "127.0.0.1",
        ] {
            assert_eq!(local_token(elsewhere, &below), None, "{elsewhere}");
        }
        fs::remove_dir_all(root).unwrap();
    }
}
