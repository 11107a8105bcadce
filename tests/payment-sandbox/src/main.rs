//! The payment sandbox as a program of its own, for shops that `cargo xtask dev` did not start.

use anyhow::Result;
use clap::Parser;
use souk_payment_sandbox::server::Server;

/// A payment provider on this machine: Stripe's API as far as the shop uses it. No money moves.
#[derive(Parser)]
struct Arguments {
    /// Port on the loopback address.
    #[arg(long, default_value_t = 8797)]
    port: u16,
    /// The key that opens the API, as the shop has it.
    #[arg(
        long,
        env = "PAYMENT_SANDBOX_SECRET_KEY",
        hide_env_values = true,
        default_value = "sk_test_sandbox"
    )]
    secret_key: String,
    /// Signs webhooks; one of those that the shop knows.
    #[arg(
        long,
        env = "PAYMENT_SANDBOX_WEBHOOK_SECRET",
        hide_env_values = true,
        default_value = "whsec_sandbox"
    )]
    webhook_secret: String,
    /// Where webhooks go.
    #[arg(long, default_value = "http://127.0.0.1:8787/payments/stripe/webhook")]
    webhook_url: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let Arguments {
        port,
        secret_key,
        webhook_secret,
        webhook_url,
    } = arguments;
    let server = Server::start(port, &secret_key, &webhook_secret).await?;
    server.deliver_to(&webhook_url);
    println!(
        "the payment sandbox listens on http://127.0.0.1:{}",
        server.port()
    );
    println!("it tells the shop at {webhook_url}");
    tokio::signal::ctrl_c().await?;
    Ok(())
}
