//! The draw once more, by the rules that anybody can read: with HMAC-SHA256 of a library, and by the
//! commands of `docs/sales.md`. No code of the shop.

use std::fs;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use souk_e2e::tools;

/// A draw whose key is out.
pub(crate) struct Draw {
    key: Vec<u8>,
    key_text: String,
    commitment: String,
}

impl Draw {
    /// Checks the key against what was shown from the announcement.
    pub(crate) fn of(key: &str, commitment: &str) -> Result<Self> {
        let digits = key.as_bytes().chunks(2);
        let bytes = digits.map(|two| Ok(u8::from_str_radix(std::str::from_utf8(two)?, 16)?));
        let bytes = bytes.collect::<Result<Vec<_>>>()?;
        ensure!(bytes.len() == 32, "{} bytes", bytes.len());
        let shown = hex(&Sha256::digest(&bytes));
        ensure!(shown == commitment, "{shown} is not {commitment}");
        Ok(Self {
            key: bytes,
            key_text: key.to_owned(),
            commitment: shown,
        })
    }

    /// The rank of a ticket of the draw with this seed.
    pub(crate) fn rank(&self, seed: &str) -> Result<String> {
        let seed = URL_SAFE_NO_PAD.decode(seed)?;
        ensure!(seed.len() == 16, "{} bytes", seed.len());
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)?;
        mac.update(&seed);
        let mac = mac.finalize().into_bytes();
        Ok(format!("0-{}", hex(&mac[..8])))
    }

    /// That the commands of the documents say the same.
    pub(crate) async fn check_as_documented(&self, seed: &str) -> Result<()> {
        let text = fs::read_to_string(tools::root().join("docs/sales.md"))?;
        let (_, commands) = text.split_once("```sh\nkey=").context("the commands")?;
        let (commands, _) = commands.split_once("```").context("their end")?;
        let commands: Vec<_> = commands.lines().skip(2).collect();
        ensure!(commands.len() == 2, "{commands:?}");
        let script = format!(
            "key={}\nseed={seed}\n{}",
            self.key_text,
            commands.join("\n")
        );
        let output = tokio::process::Command::new("sh")
            .args(["-c", &script])
            .kill_on_drop(true)
            .output()
            .await?;
        let printed = String::from_utf8(output.stdout)?;
        let rank = self.rank(seed)?;
        let place = rank.strip_prefix("0-").context("a place of the draw")?;
        let expected = format!("{}\n{place}\n", self.commitment);
        ensure!(printed == expected, "{script}\nprints {printed}");
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
