//! What the HTTP API does, apart from HTTP: paths and bodies of Toxiproxy.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::toxic::{KINDS, Toxic};
use crate::{Proxy, loopback};

/// The version of Toxiproxy's API that this is.
const VERSION: &str = "2.9.0";

/// What a request comes to.
pub(crate) type Reply = Result<(StatusCode, Value), Refusal>;

/// What was wrong with a request.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error: String,
}

/// All proxies, by their names.
#[derive(Debug)]
pub(crate) struct Proxies {
    all: BTreeMap<String, Proxy>,
    random: fastrand::Rng,
}

/// A proxy that is wanted, or what is to be different.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    name: String,
    listen: Option<String>,
    upstream: Option<String>,
    enabled: Option<bool>,
}

/// A toxic that is wanted, or what is to be different.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WantedToxic {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    stream: Option<String>,
    toxicity: Option<f64>,
    attributes: Option<serde_json::Map<String, Value>>,
}

fn refused<T>(status: StatusCode, error: impl Into<String>) -> Result<T, Refusal> {
    let error = error.into();
    Err(Refusal { status, error })
}

fn bad<T>(error: impl std::fmt::Display) -> Result<T, Refusal> {
    refused(StatusCode::BAD_REQUEST, error.to_string())
}

fn read<T: for<'de> Deserialize<'de>>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).or_else(|error| bad(format!("bad request body: {error}")))
}

fn given(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).expect("plain data is JSON")
}

impl Proxies {
    /// None yet. Which connections a toxicity below 1 hits follows from the seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            all: BTreeMap::new(),
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// Does what a request wants.
    pub(crate) async fn answer(&mut self, method: &Method, path: &str, body: &Bytes) -> Reply {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let change = method == Method::POST || method == Method::PATCH;
        match (segments.as_slice(), method) {
            (["version"], &Method::GET) => Ok((StatusCode::OK, json!({ "version": VERSION }))),
            (["reset"], &Method::POST) => self.reset().await,
            (["populate"], &Method::POST) => self.populate(body).await,
            (["proxies"], &Method::GET) => {
                let all = self.all.iter().map(|(name, proxy)| (name, proxy.shown()));
                Ok((StatusCode::OK, given(all.collect::<BTreeMap<_, _>>())))
            }
            (["proxies"], &Method::POST) => {
                let wanted = self.create(read(body)?).await?;
                Ok((StatusCode::CREATED, given(self.proxy(&wanted)?.shown())))
            }
            (["proxies", name], &Method::GET) => {
                Ok((StatusCode::OK, given(self.proxy(name)?.shown())))
            }
            (["proxies", name], _) if change => self.change(name, read(body)?).await,
            (["proxies", name], &Method::DELETE) => {
                self.proxy(name)?;
                if let Some(mut proxy) = self.all.remove(*name) {
                    proxy.disable().await;
                }
                Ok((StatusCode::NO_CONTENT, Value::Null))
            }
            (["proxies", name, "toxics"], &Method::GET) => {
                Ok((StatusCode::OK, given(self.proxy(name)?.toxics())))
            }
            (["proxies", name, "toxics"], &Method::POST) => self.add_toxic(name, read(body)?),
            (["proxies", name, "toxics", toxic], &Method::GET) => {
                Ok((StatusCode::OK, given(self.toxic(name, toxic)?.1)))
            }
            (["proxies", name, "toxics", toxic], _) if change => {
                self.change_toxic(name, toxic, read(body)?)
            }
            (["proxies", name, "toxics", toxic], &Method::DELETE) => {
                let (place, _) = self.toxic(name, toxic)?;
                let proxy = self.proxy(name)?;
                let mut toxics = proxy.toxics();
                toxics.remove(place);
                proxy.set_toxics(toxics);
                Ok((StatusCode::NO_CONTENT, Value::Null))
            }
            _ => refused(
                StatusCode::NOT_FOUND,
                format!("nothing answers {method} {path}"),
            ),
        }
    }

    fn proxy(&self, name: &str) -> Result<&Proxy, Refusal> {
        match self.all.get(name) {
            Some(proxy) => Ok(proxy),
            None => refused(StatusCode::NOT_FOUND, "proxy not found"),
        }
    }

    fn toxic(&self, proxy: &str, name: &str) -> Result<(usize, Toxic), Refusal> {
        let mut toxics = self.proxy(proxy)?.toxics().into_iter().enumerate();
        match toxics.find(|(_, toxic)| toxic.name == name) {
            Some(found) => Ok(found),
            None => refused(StatusCode::NOT_FOUND, "toxic not found"),
        }
    }

    /// All proxies are enabled, and no toxic is left.
    async fn reset(&mut self) -> Reply {
        for proxy in self.all.values_mut() {
            proxy.set_toxics(Vec::new());
            proxy.enable().await.or_else(bad)?;
        }
        Ok((StatusCode::NO_CONTENT, Value::Null))
    }

    /// Several proxies at once; one of the same name is replaced.
    async fn populate(&mut self, body: &Bytes) -> Reply {
        let mut names = Vec::new();
        for wanted in read::<Vec<Wanted>>(body)? {
            if let Some(mut replaced) = self.all.remove(&wanted.name) {
                replaced.disable().await;
            }
            names.push(self.create(wanted).await?);
        }
        let created = names.iter().filter_map(|name| self.all.get(name));
        let created: Vec<_> = created.map(Proxy::shown).collect();
        Ok((StatusCode::CREATED, json!({ "proxies": created })))
    }

    async fn create(&mut self, wanted: Wanted) -> Result<String, Refusal> {
        let Wanted {
            name,
            listen,
            upstream,
            enabled,
        } = wanted;
        let is_name = !name.is_empty() && !name.contains('/');
        let (true, Some(upstream)) = (is_name, upstream) else {
            return bad("missing required field: name, upstream");
        };
        if self.all.contains_key(&name) {
            return refused(StatusCode::CONFLICT, "proxy already exists");
        }
        let listen = loopback(listen.as_deref().unwrap_or(":0")).or_else(bad)?;
        let upstream = loopback(&upstream).or_else(bad)?;
        let seed = self.random.u64(..);
        let started = Proxy::start(&name, listen, upstream, seed).await;
        let mut proxy = started.or_else(|error| bad(format!("{error:#}")))?;
        if enabled == Some(false) {
            proxy.disable().await;
        }
        self.all.insert(name.clone(), proxy);
        Ok(name)
    }

    async fn change(&mut self, name: &str, wanted: Wanted) -> Reply {
        let listen = wanted.listen.as_deref().map(loopback).transpose();
        let upstream = wanted.upstream.as_deref().map(loopback).transpose();
        let (listen, upstream) = (listen.or_else(bad)?, upstream.or_else(bad)?);
        self.proxy(name)?;
        let proxy = self.all.get_mut(name).expect("looked up before");
        if let Some(upstream) = upstream {
            proxy.lead_to(upstream);
        }
        if let Some(listen) = listen {
            proxy.listen_on(listen).await.or_else(bad)?;
        }
        match wanted.enabled {
            Some(true) => proxy.enable().await.or_else(bad)?,
            Some(false) => proxy.disable().await,
            None => {}
        }
        Ok((StatusCode::OK, given(proxy.shown())))
    }

    fn add_toxic(&self, proxy: &str, wanted: WantedToxic) -> Reply {
        let proxy = self.proxy(proxy)?;
        let kind = wanted.kind.unwrap_or_default();
        if !KINDS.contains(&kind.as_str()) {
            return bad("invalid toxic type");
        }
        let stream = wanted.stream.unwrap_or_else(|| "downstream".to_owned());
        let stream = stream.to_ascii_lowercase();
        let toxic = toxic(json!({
            "name": wanted.name.unwrap_or_else(|| format!("{kind}_{stream}")),
            "type": kind,
            "stream": stream,
            "toxicity": wanted.toxicity.unwrap_or(1.0),
            "attributes": wanted.attributes.unwrap_or_default(),
        }))?;
        let mut toxics = proxy.toxics();
        if toxics.iter().any(|other| other.name == toxic.name) {
            return refused(StatusCode::CONFLICT, "toxic already exists");
        }
        let added = given(&toxic);
        toxics.push(toxic);
        proxy.set_toxics(toxics);
        Ok((StatusCode::OK, added))
    }

    /// Other attributes, those that are not named stay; another toxicity. Kind and stream stay.
    fn change_toxic(&self, proxy: &str, name: &str, wanted: WantedToxic) -> Reply {
        let (place, known) = self.toxic(proxy, name)?;
        let mut changed = given(&known);
        for (attribute, value) in wanted.attributes.unwrap_or_default() {
            changed["attributes"][attribute] = value;
        }
        if let Some(toxicity) = wanted.toxicity {
            changed["toxicity"] = json!(toxicity);
        }
        let changed = toxic(changed)?;
        let shown = given(&changed);
        let proxy = self.proxy(proxy)?;
        let mut toxics = proxy.toxics();
        toxics[place] = changed;
        proxy.set_toxics(toxics);
        Ok((StatusCode::OK, shown))
    }
}

fn toxic(wanted: Value) -> Result<Toxic, Refusal> {
    let stream = wanted["stream"].as_str().unwrap_or_default();
    if !["upstream", "downstream"].contains(&stream) {
        return bad("stream was invalid, can be either upstream or downstream");
    }
    let toxic: Toxic = match serde_json::from_value(wanted) {
        Ok(toxic) => toxic,
        Err(error) => return bad(format!("bad request body: {error}")),
    };
    match (0.0..=1.0).contains(&toxic.toxicity) {
        true => Ok(toxic),
        false => bad("toxicity is from 0 to 1"),
    }
}
