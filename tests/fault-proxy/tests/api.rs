//! The HTTP API answers as Toxiproxy's documentation says.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use souk_fault_proxy::server::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Api {
    server: Server,
}

impl Api {
    async fn start() -> Result<Self> {
        let server = Server::start(0, 7).await?;
        Ok(Self { server })
    }

    /// Status and body of an answer.
    async fn ask(&self, method: &str, path: &str, body: Value) -> Result<(u16, Value)> {
        self.ask_with(method, path, "", body).await
    }

    async fn ask_with(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: Value,
    ) -> Result<(u16, Value)> {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let mut stream = TcpStream::connect(self.server.address()).await?;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\
             content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let (head, body) = answer.split_once("\r\n\r\n").context("a head")?;
        let status = head.split(' ').nth(1).context("a status")?.parse()?;
        let body = match body {
            "" => Value::Null,
            body => serde_json::from_str(body)?,
        };
        Ok((status, body))
    }
}

async fn target() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"hello").await;
        }
    });
    Ok(address)
}

#[tokio::test]
async fn a_proxy_is_made_changed_and_deleted() -> Result<()> {
    let (api, upstream) = (Api::start().await?, target().await?);
    let (status, version) = api.ask("GET", "/version", Value::Null).await?;
    ensure!(status == 200 && version["version"].is_string(), "{version}");
    let wanted = json!({"name": "shop", "listen": "127.0.0.1:0", "upstream": upstream});
    let (status, made) = api.ask("POST", "/proxies", wanted.clone()).await?;
    ensure!(status == 201, "{made}");
    ensure!(
        made["enabled"] == true && made["toxics"] == json!([]),
        "{made}"
    );
    let listen = made["listen"].as_str().context("an address")?.to_owned();
    ensure!(!listen.ends_with(":0"), "{listen}");
    let mut heard = String::new();
    TcpStream::connect(&listen)
        .await?
        .read_to_string(&mut heard)
        .await?;
    ensure!(heard == "hello");

    let (status, again) = api.ask("POST", "/proxies", wanted).await?;
    ensure!(
        status == 409 && again["error"] == "proxy already exists",
        "{again}"
    );
    let (_, all) = api.ask("GET", "/proxies", Value::Null).await?;
    ensure!(all["shop"]["listen"] == listen.as_str(), "{all}");

    let down = api
        .ask("POST", "/proxies/shop", json!({"enabled": false}))
        .await?;
    ensure!(down.0 == 200 && down.1["enabled"] == false, "{down:?}");
    ensure!(TcpStream::connect(&listen).await.is_err(), "it is down");
    let (status, _) = api.ask("POST", "/reset", Value::Null).await?;
    ensure!(status == 204);
    ensure!(TcpStream::connect(&listen).await.is_ok(), "it is up again");

    let (status, _) = api.ask("DELETE", "/proxies/shop", Value::Null).await?;
    ensure!(status == 204);
    let (status, gone) = api.ask("GET", "/proxies/shop", Value::Null).await?;
    ensure!(
        status == 404 && gone["error"] == "proxy not found",
        "{gone}"
    );
    ensure!(TcpStream::connect(&listen).await.is_err(), "it is gone");
    Ok(())
}

#[tokio::test]
async fn a_toxic_is_added_changed_and_removed() -> Result<()> {
    let api = Api::start().await?;
    let wanted = json!([{"name": "shop", "upstream": target().await?}]);
    let (status, made) = api.ask("POST", "/populate", wanted.clone()).await?;
    ensure!(
        status == 201 && made["proxies"][0]["name"] == "shop",
        "{made}"
    );
    // One of the same name is replaced.
    ensure!(api.ask("POST", "/populate", wanted).await?.0 == 201);

    let toxics = "/proxies/shop/toxics";
    let wanted = json!({"type": "latency", "attributes": {"latency": 5}});
    let (status, added) = api.ask("POST", toxics, wanted.clone()).await?;
    let expected = json!({
        "name": "latency_downstream", "type": "latency", "stream": "downstream", "toxicity": 1.0,
        "attributes": {"latency": 5, "jitter": 0},
    });
    ensure!(status == 200 && added == expected, "{added}");
    ensure!(api.ask("POST", toxics, wanted).await?.0 == 409);
    let path = "/proxies/shop/toxics/latency_downstream";
    let change = json!({"attributes": {"jitter": 2}, "toxicity": 0.5});
    let (status, changed) = api.ask("PATCH", path, change).await?;
    ensure!(status == 200 && changed["toxicity"] == 0.5, "{changed}");
    ensure!(
        changed["attributes"] == json!({"latency": 5, "jitter": 2}),
        "{changed}"
    );
    ensure!(api.ask("GET", path, Value::Null).await? == (200, changed.clone()));
    ensure!(api.ask("GET", toxics, Value::Null).await?.1 == json!([changed]));
    ensure!(api.ask("DELETE", path, Value::Null).await?.0 == 204);
    ensure!(api.ask("DELETE", path, Value::Null).await?.0 == 404);
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_changes_nothing() -> Result<()> {
    let (api, upstream) = (Api::start().await?, target().await?);
    let proxy = json!({"name": "shop", "upstream": upstream});
    ensure!(api.ask("POST", "/proxies", proxy).await?.0 == 201);
    let toxics = "/proxies/shop/toxics";
    for (path, body) in [
        ("/proxies", json!({"name": "other"})),
        ("/proxies", json!({"upstream": upstream})),
        (
            "/proxies",
            json!({"name": "other", "upstream": "192.0.2.1:80"}),
        ),
        (
            "/proxies",
            json!({"name": "other", "upstream": upstream, "listen": "0.0.0.0:0"}),
        ),
        ("/proxies/shop", json!({"listen": "0.0.0.0:0"})),
        (toxics, json!({"type": "rain"})),
        (toxics, json!({"type": "latency", "stream": "sideways"})),
        (toxics, json!({"type": "latency", "toxicity": 2})),
        (
            toxics,
            json!({"type": "latency", "attributes": {"latency": -1}}),
        ),
    ] {
        let (status, refused) = api.ask("POST", path, body.clone()).await?;
        ensure!(
            status == 400 && refused["error"].is_string(),
            "{body}: {status} {refused}"
        );
    }
    let (_, all) = api.ask("GET", "/proxies", Value::Null).await?;
    ensure!(
        all.as_object().map(serde_json::Map::len) == Some(1),
        "{all}"
    );
    ensure!(all["shop"]["toxics"] == json!([]), "{all}");
    let page = "origin: https://shop.example\r\n";
    let refused = api.ask_with("POST", "/reset", page, Value::Null).await?;
    ensure!(refused.0 == 403, "{refused:?}");
    Ok(())
}
