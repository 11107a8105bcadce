//! The proxy as a program of its own.

use anyhow::Result;
use clap::Parser;
use souk_fault_proxy::server::Server;

/// TCP proxies with the faults of a network, on this machine alone: Toxiproxy's HTTP API.
#[derive(Parser)]
struct Arguments {
    /// Port of the API on the loopback address.
    #[arg(long, default_value_t = 8474)]
    port: u16,
    /// Decides which connections a toxicity below 1 hits.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Arguments { port, seed } = Arguments::parse();
    let server = Server::start(port, seed).await?;
    println!("the fault proxy listens on http://{}", server.address());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
