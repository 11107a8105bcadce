//! Each toxic does what Toxiproxy's documentation says of it, through real connections.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use souk_fault_proxy::{Kind, Proxy, Stream, Toxic};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Nothing here takes so long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends back what it gets, and counts nothing.
async fn echo() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
                let _ = to.shutdown().await;
            });
        }
    });
    Ok(address)
}

async fn proxy(toxics: Vec<Toxic>) -> Result<Proxy> {
    let any = ([127, 0, 0, 1], 0).into();
    let proxy = Proxy::start("echo", any, echo().await?, 7).await?;
    proxy.set_toxics(toxics);
    Ok(proxy)
}

/// Says something over a connection, closes its own side, and reads to the end.
async fn say(proxy: &Proxy, text: &[u8]) -> Result<(std::io::Result<Vec<u8>>, Duration)> {
    let began = Instant::now();
    let mut stream = TcpStream::connect(proxy.address()).await?;
    let heard = tokio::time::timeout(PATIENCE, async {
        stream.write_all(text).await?;
        stream.shutdown().await?;
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await?;
        Ok(heard)
    });
    Ok((heard.await?, began.elapsed()))
}

fn one(stream: Stream, kind: Kind) -> Vec<Toxic> {
    vec![Toxic::new("one", stream, kind)]
}

#[tokio::test]
async fn without_toxics_everything_goes_through() -> Result<()> {
    let proxy = proxy(Vec::new()).await?;
    let long = vec![b'x'; 3_000_000];
    let (heard, _) = say(&proxy, &long).await?;
    ensure!(heard? == long);
    Ok(())
}

#[tokio::test]
async fn latency_delays_and_does_not_narrow() -> Result<()> {
    let kind = Kind::Latency {
        latency: 300,
        jitter: 0,
    };
    let proxy = proxy(one(Stream::Downstream, kind)).await?;
    // Some sixty parts, each of which is delayed: together they take no longer than one.
    let long = vec![b'x'; 2_000_000];
    let (heard, took) = say(&proxy, &long).await?;
    ensure!(heard? == long);
    ensure!(took >= Duration::from_millis(300), "{took:?}");
    ensure!(took < Duration::from_secs(5), "{took:?}: delays add up");
    Ok(())
}

#[tokio::test]
async fn jitter_makes_delays_differ_within_its_bounds() -> Result<()> {
    let kind = Kind::Latency {
        latency: 200,
        jitter: 150,
    };
    let proxy = proxy(one(Stream::Upstream, kind)).await?;
    let mut delays = Vec::new();
    for _ in 0..8 {
        delays.push(say(&proxy, b"hello").await?.1);
    }
    let (least, most) = (delays.iter().min(), delays.iter().max());
    let (least, most) = (least.copied(), most.copied());
    ensure!(least >= Some(Duration::from_millis(50)), "{delays:?}");
    let spread = most.zip(least).map(|(most, least)| most - least);
    ensure!(spread > Some(Duration::from_millis(20)), "{delays:?}");
    Ok(())
}

#[tokio::test]
async fn bandwidth_takes_as_long_as_its_rate_says() -> Result<()> {
    let proxy = proxy(one(Stream::Upstream, Kind::Bandwidth { rate: 100 })).await?;
    let (heard, took) = say(&proxy, &[b'x'; 50_000]).await?;
    ensure!(heard?.len() == 50_000);
    ensure!(took >= Duration::from_millis(490), "{took:?}");
    Ok(())
}

#[tokio::test]
async fn slow_close_delays_the_end_alone() -> Result<()> {
    let proxy = proxy(one(Stream::Downstream, Kind::SlowClose { delay: 400 })).await?;
    let mut stream = TcpStream::connect(proxy.address()).await?;
    stream.write_all(b"hello").await?;
    stream.shutdown().await?;
    let mut heard = [0; 5];
    let began = Instant::now();
    stream.read_exact(&mut heard).await?;
    let heard_after = began.elapsed();
    ensure!(stream.read(&mut heard).await? == 0, "more was said");
    ensure!(
        began.elapsed() >= Duration::from_millis(390),
        "closed at once"
    );
    ensure!(heard_after < began.elapsed(), "{heard_after:?}");
    Ok(())
}

#[tokio::test]
async fn timeout_lets_nothing_through_and_closes() -> Result<()> {
    let proxy = proxy(one(Stream::Downstream, Kind::Timeout { timeout: 300 })).await?;
    let (heard, took) = say(&proxy, b"hello").await?;
    // With something unread a close is a reset, as the kernel does it.
    ensure!(
        heard.map_or(true, |heard| heard.is_empty()),
        "something came through"
    );
    ensure!(took >= Duration::from_millis(290), "{took:?}");
    Ok(())
}

#[tokio::test]
async fn a_timeout_without_an_end_lasts_until_it_is_removed() -> Result<()> {
    let proxy = proxy(one(Stream::Downstream, Kind::Timeout { timeout: 0 })).await?;
    let mut stream = TcpStream::connect(proxy.address()).await?;
    stream.write_all(b"hello").await?;
    let mut heard = [0; 8];
    let silent = tokio::time::timeout(Duration::from_millis(300), stream.read(&mut heard)).await;
    ensure!(silent.is_err(), "{silent:?}");
    proxy.set_toxics(Vec::new());
    let closed = tokio::time::timeout(PATIENCE, stream.read(&mut heard)).await?;
    ensure!(
        !matches!(closed, Ok(1..)),
        "what was swallowed came: {closed:?}"
    );
    // The next connection is as any other.
    let (heard, _) = say(&proxy, b"hello").await?;
    ensure!(heard? == b"hello");
    Ok(())
}

#[tokio::test]
async fn reset_peer_resets() -> Result<()> {
    for stream in [Stream::Upstream, Stream::Downstream] {
        let proxy = proxy(one(stream, Kind::ResetPeer { timeout: 0 })).await?;
        let (heard, _) = say(&proxy, b"hello").await?;
        let error = heard.expect_err("a reset connection says nothing");
        ensure!(error.kind() == ErrorKind::ConnectionReset, "{error}");
    }
    let proxy = proxy(one(Stream::Upstream, Kind::ResetPeer { timeout: 300 })).await?;
    let (_, took) = say(&proxy, b"hello").await?;
    ensure!(took >= Duration::from_millis(290), "{took:?}");
    Ok(())
}

#[tokio::test]
async fn slicer_cuts_and_pauses() -> Result<()> {
    let kind = Kind::Slicer {
        average_size: 100,
        size_variation: 10,
        delay: 20_000,
    };
    let proxy = proxy(one(Stream::Downstream, kind)).await?;
    let (heard, took) = say(&proxy, &[b'x'; 1_000]).await?;
    ensure!(heard?.len() == 1_000, "nothing is lost");
    // Nine pauses between ten parts, or one more or less.
    ensure!(took >= Duration::from_millis(8 * 20), "{took:?}");
    Ok(())
}

#[tokio::test]
async fn limit_data_closes_after_so_many_bytes() -> Result<()> {
    for (bytes, expected) in [(3, &b"hel"[..]), (5, b"hello"), (9, b"hello"), (0, b"")] {
        let proxy = proxy(one(Stream::Downstream, Kind::LimitData { bytes })).await?;
        let (heard, _) = say(&proxy, b"hello").await?;
        ensure!(heard? == expected, "{bytes}");
    }
    Ok(())
}

#[tokio::test]
async fn a_toxic_of_one_direction_leaves_the_other_alone() -> Result<()> {
    let up = proxy(one(Stream::Upstream, Kind::LimitData { bytes: 4 })).await?;
    ensure!(
        say(&up, b"hello")
            .await?
            .0
            .map_or(true, |heard| heard.len() <= 4)
    );
    let slow = Kind::Latency {
        latency: 10_000,
        jitter: 0,
    };
    let proxy = proxy(one(Stream::Upstream, slow)).await?;
    let mut stream = TcpStream::connect(proxy.address()).await?;
    stream.write_all(b"hello").await?;
    // A toxic that is taken away no longer delays what waits for it.
    proxy.set_toxics(Vec::new());
    let mut heard = [0; 5];
    tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut heard)).await??;
    ensure!(&heard == b"hello");
    Ok(())
}

#[tokio::test]
async fn a_toxicity_hits_its_share_of_connections_and_the_same_ones_by_one_seed() -> Result<()> {
    let half = Toxic {
        toxicity: 0.5,
        ..Toxic::new("half", Stream::Upstream, Kind::ResetPeer { timeout: 0 })
    };
    let mut rounds = Vec::new();
    for _ in 0..2 {
        let proxy = proxy(vec![half.clone()]).await?;
        let mut hit = Vec::new();
        for _ in 0..60 {
            hit.push(say(&proxy, b"hello").await?.0.is_err());
        }
        rounds.push(hit);
    }
    let hits = rounds[0].iter().filter(|hit| **hit).count();
    ensure!((15..45).contains(&hits), "{hits} of 60");
    ensure!(rounds[0] == rounds[1], "the seed does not decide");
    Ok(())
}

#[tokio::test]
async fn a_proxy_that_is_down_refuses_and_breaks_what_there_is() -> Result<()> {
    let mut proxy = proxy(Vec::new()).await?;
    let mut open = TcpStream::connect(proxy.address()).await?;
    open.write_all(b"hello").await?;
    let mut heard = [0; 5];
    open.read_exact(&mut heard).await?;
    proxy.disable().await;
    let broken = tokio::time::timeout(PATIENCE, open.read(&mut heard)).await?;
    ensure!(!matches!(broken, Ok(1..)), "{broken:?}");
    let refused = TcpStream::connect(proxy.address()).await;
    let refused = refused.err().map(|error| error.kind());
    ensure!(refused == Some(ErrorKind::ConnectionRefused), "{refused:?}");
    proxy.enable().await?;
    ensure!(say(&proxy, b"hello").await?.0? == b"hello");
    Ok(())
}
