//! The outbox as a program of its own.

use anyhow::Result;
use clap::Parser;
use souk_mail_outbox::server::Server;

/// A provider of mails on this machine: Resend's API as far as the shop uses it. No mail leaves it.
#[derive(Parser)]
struct Arguments {
    /// Port on the loopback address.
    #[arg(long, default_value_t = 8798)]
    port: u16,
    /// The key that opens the API, as the shop has it.
    #[arg(long, env = "MAIL_OUTBOX_API_KEY", hide_env_values = true)]
    api_key: String,
    /// Signs events; one of those that the shop knows.
    #[arg(long, env = "MAIL_OUTBOX_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: String,
    /// Where events go.
    #[arg(long, default_value = "http://127.0.0.1:8787/mail/v1/events")]
    events_url: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Arguments {
        port,
        api_key,
        webhook_secret,
        events_url,
    } = Arguments::parse();
    let server = Server::start(port, &api_key, &webhook_secret).await?;
    server.deliver_to(&events_url);
    println!("the outbox listens on http://127.0.0.1:{}", server.port());
    println!("it tells the shop at {events_url}");
    tokio::signal::ctrl_c().await?;
    Ok(())
}
