//! One running process of a shop. Several of them may run beside each other on the same stores.

use std::path::Path;

use anyhow::{Context, Result};
use souk_protocol::staff::{self, CreateToken, CreatedToken, Permission};

use crate::platform::Settings;
use crate::server::{Server, free_port};
use crate::{Client, Platform, eventually};

/// A process of a shop with a port of its own; killed when dropped, as by `kill -9`.
#[derive(Debug)]
pub struct Instance {
    server: Server,
    port: u16,
}

impl Instance {
    /// Starts a process on the stores in `directory` and waits until it answers.
    pub(crate) async fn start(
        platform: Platform,
        directory: &Path,
        settings: &Settings,
    ) -> Result<Self> {
        Self::start_at(free_port()?, platform, directory, settings).await
    }

    /// The same at this port.
    pub(crate) async fn start_at(
        port: u16,
        platform: Platform,
        directory: &Path,
        settings: &Settings,
    ) -> Result<Self> {
        let mut command = platform.command(port, directory, settings)?;
        let server = Server::start(&mut command, directory)?;
        let mut instance = Self { server, port };
        if settings.opens {
            instance.wait_until_it_answers(platform, settings).await?;
        } else {
            instance.wait_until_it_runs(platform).await?;
        }
        Ok(instance)
    }

    /// A shop with a wrong setting answers nothing but this.
    async fn wait_until_it_runs(&mut self, platform: Platform) -> Result<()> {
        let client = self.client();
        let server = &mut self.server;
        let what = format!("the closed shop on {platform:?} runs");
        let runs = eventually(&what, async || {
            server.check()?;
            let healthy = client.get("/healthz").await;
            Ok(healthy
                .is_ok_and(|answer| answer.status == 200)
                .then_some(()))
        });
        let runs = runs.await;
        runs.with_context(|| format!("the end of its log:\n{}", server.log_end()))
    }

    /// Asks with the shop's own secret, so that no other server on this port is taken for it, and makes
    /// the token of the tests with it: the same one every time.
    async fn wait_until_it_answers(
        &mut self,
        platform: Platform,
        settings: &Settings,
    ) -> Result<()> {
        let client = self.client();
        let secret = format!("Bearer {}", settings.staff_token);
        let asked = serde_json::to_vec(&CreateToken {
            name: "tests".to_owned(),
            permissions: Permission::ALL.to_vec(),
            expires_at_ms: None,
        })?;
        let server = &mut self.server;
        let what = format!("the shop on {platform:?} answers");
        let ready = eventually(&what, async || {
            server.check()?;
            let healthy = client
                .get("/healthz")
                .await
                .is_ok_and(|answer| answer.status == 200);
            let headers = [
                ("authorization", secret.as_str()),
                ("content-type", "application/json"),
                ("idempotency-key", "the token of the tests"),
            ];
            let path = staff::CREATE_TOKEN.path();
            let made = client.send("POST", path, &headers, asked.clone()).await;
            let Some(made) = made.ok().filter(|answer| answer.status == 200) else {
                return Ok(None);
            };
            let made: CreatedToken = made.json()?;
            let bearer = format!("Bearer {}", made.token);
            settings.token.get_or_init(|| made.token);
            let headers = [("authorization", bearer.as_str())];
            let own = client
                .get_with(staff::LIST_PUBLICATIONS.path(), &headers)
                .await;
            let own = own.is_ok_and(|answer| answer.status == 200);
            Ok((healthy && own).then_some(()))
        });
        let ready = ready.await;
        ready.with_context(|| format!("the end of its log:\n{}", server.log_end()))
    }

    /// A client of this process.
    pub fn client(&self) -> Client {
        Client::new(format!("http://127.0.0.1:{}", self.port))
    }

    /// The end of what the runtime wrote.
    pub fn log_end(&self) -> String {
        self.server.log_end()
    }
}
