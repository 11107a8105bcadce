//! A staff API that keeps what it is sent, in memory: as much of it as publishing needs.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use souk_catalogue::{DirectoryPage, FORMAT, Hash, Manifest, Product, ProductSegment};
use souk_protocol::origin::{
    DefineOffers, OfferDefinition, OfferPrices, PriceLedger, PriceRecord, ReadPrices, StockAccount,
    StockQuery, StockReport,
};
use souk_protocol::staff::{self, Publication, PublicationChange, PublicationReply, Publications};

/// A running shop; it ends with the test.
pub(crate) struct Shop {
    /// Its address.
    pub(crate) base: String,
    state: Arc<Mutex<State>>,
}

/// Units of every account that orders hold.
pub(crate) const HELD_UNITS: i64 = 2;

#[derive(Default)]
struct State {
    /// Blobs and media by their paths.
    values: BTreeMap<String, Vec<u8>>,
    publications: Publications,
    /// What is on sale, by SKU.
    offers: BTreeMap<String, OfferDefinition>,
    /// The ledger of prices.
    records: Vec<PriceRecord>,
    /// Its clock.
    now_ms: i64,
    /// What it was asked to do with sales and stock, in order: method and path, and the body.
    asked: Vec<(String, Value)>,
    /// So many of the next changes of sales fail.
    lost_changes: usize,
    /// Units that each sale's account has.
    units_of_sales: i64,
}

impl Shop {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let kept = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || {
                    // A client that went away is none of the test's business.
                    let _ = serve(stream?, &state);
                    Ok::<_, std::io::Error>(())
                });
            }
        });
        Self { base, state: kept }
    }

    /// Sets the clock.
    pub(crate) fn pass_to(&self, now_ms: i64) {
        self.state.lock().unwrap().now_ms = now_ms;
    }

    /// Loses the next changes of sales.
    pub(crate) fn lose_changes(&self, changes: usize) {
        self.state.lock().unwrap().lost_changes = changes;
    }

    /// Sets the units that each sale's account has.
    pub(crate) fn has_units_of_sales(&self, units: i64) {
        self.state.lock().unwrap().units_of_sales = units;
    }

    /// Answers this to `GET /staff/v1/sales`.
    pub(crate) fn has_sales(&self, sales: &Value) {
        let mut state = self.state.lock().unwrap();
        let path = staff::READ_SALES.path().to_owned();
        state.values.insert(path, sales.to_string().into_bytes());
    }

    /// What it was asked to do with sales and stock since the last call.
    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    /// What is on sale, by SKU.
    pub(crate) fn offers(&self) -> BTreeMap<String, OfferDefinition> {
        self.state.lock().unwrap().offers.clone()
    }

    /// The manifest of the published version.
    pub(crate) fn manifest(&self) -> Manifest {
        let publications = self.state.lock().unwrap().publications.clone();
        let current = publications.published(FORMAT).unwrap();
        let manifest = self.blob(Hash::parse(&current.manifest).unwrap());
        Manifest::decode(&manifest).unwrap()
    }

    /// The products of the published version.
    pub(crate) fn products(&self) -> Vec<Product> {
        let mut products = Vec::new();
        for page in self.manifest().directory {
            let page = self.blob(page);
            for segment in DirectoryPage::decode(&page).unwrap().segments() {
                let segment = self.blob(segment);
                let segment = ProductSegment::decode(&segment).unwrap();
                products.extend(segment.products().unwrap());
            }
        }
        products
    }

    /// A blob that was sent.
    pub(crate) fn blob(&self, hash: Hash) -> Vec<u8> {
        let state = self.state.lock().unwrap();
        let address = staff::WRITE_BLOB.at(&[&hash.to_string()]);
        state.values[address.path()].clone()
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    // An answer is two writes: without this the second one waits 40 ms for an acknowledgement.
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let mut parts = line.split_whitespace();
        let method = parts.next().unwrap_or_default().to_owned();
        let path = parts.next().unwrap_or_default().to_owned();
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let (status, answer) = state.lock().unwrap().answer(&method, &path, &body);
        let length = answer.len();
        write!(
            stream,
            "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\n\r\n"
        )?;
        stream.write_all(&answer)?;
        stream.flush()?;
    }
}

impl State {
    fn answer(&mut self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        match (method, path) {
            ("GET", "/staff/v1/publications") => {
                (200, json!(self.publications).to_string().into_bytes())
            }
            ("POST", "/staff/v1/publications") => {
                let change = serde_json::from_slice(body).unwrap();
                (200, json!(self.change(change)).to_string().into_bytes())
            }
            ("POST", "/staff/v1/offers") => {
                self.define(serde_json::from_slice(body).unwrap());
                (200, Vec::new())
            }
            ("POST", "/staff/v1/prices") => {
                let page = self.prices(&serde_json::from_slice(body).unwrap());
                (200, json!(page).to_string().into_bytes())
            }
            ("PUT", path) if path.starts_with("/staff/v1/sales/") => {
                if self.lost_changes > 0 {
                    self.lost_changes -= 1;
                    return (500, Vec::new());
                }
                self.ask(method, path, body);
                (200, json!({ "record": 12 }).to_string().into_bytes())
            }
            ("POST", "/staff/v1/stock/receipts") => {
                self.ask(method, path, body);
                (200, b"[]".to_vec())
            }
            ("POST", "/staff/v1/stock") => {
                let asked: StockQuery = serde_json::from_slice(body).unwrap();
                let accounts = asked.skus.into_iter().map(|sku| StockAccount {
                    sku,
                    supplied: self.units_of_sales + HELD_UNITS,
                    available: self.units_of_sales,
                    held: HELD_UNITS,
                    sold: 0,
                });
                let report = StockReport {
                    accounts: accounts.collect(),
                };
                (200, json!(report).to_string().into_bytes())
            }
            ("PUT", path) => {
                self.values.insert(path.to_owned(), body.to_vec());
                (200, Vec::new())
            }
            ("GET", path) => match self.values.get(path) {
                Some(value) => (200, value.clone()),
                None => (404, Vec::new()),
            },
            other => unreachable!("{other:?}"),
        }
    }

    fn ask(&mut self, method: &str, path: &str, body: &[u8]) {
        let body = serde_json::from_slice(body).unwrap();
        self.asked.push((format!("{method} {path}"), body));
    }

    fn define(&mut self, offers: DefineOffers) {
        for offer in offers.offers {
            self.record(&offer.sku, &offer.prices);
            self.offers.insert(offer.sku.clone(), offer);
        }
        for sku in offers.withdrawn {
            self.record(&sku, &[]);
            self.offers.remove(&sku);
        }
    }

    fn record(&mut self, sku: &str, prices: &[OfferPrices]) {
        let last = self.records.iter().rfind(|record| record.sku == sku);
        if last.is_none_or(|last| last.prices != prices) {
            self.records.push(PriceRecord {
                number: 1 + self.records.len() as i64,
                sku: sku.to_owned(),
                recorded_ms: self.now_ms,
                prices: prices.to_vec(),
            });
        }
    }

    /// A page of one record.
    fn prices(&self, asked: &ReadPrices) -> PriceLedger {
        let after = asked.after.parse().unwrap_or(0);
        let mut records = self.records.iter();
        let next = records.find(|one| one.number > after && asked.skus.contains(&one.sku));
        PriceLedger {
            now_ms: self.now_ms,
            records: next.cloned().into_iter().collect(),
            after: next.map(|record| record.number.to_string()),
        }
    }

    fn change(&mut self, change: PublicationChange) -> PublicationReply {
        let versions = &mut self.publications.versions;
        match change {
            PublicationChange::Begin {
                manifest,
                format,
                products,
                variants,
            } => {
                let publication = Publication {
                    version: versions.len() as u64 + 1,
                    manifest,
                    format,
                    products,
                    variants,
                    begun_at_ms: 1,
                    activated_at_ms: None,
                    retired_at_ms: None,
                };
                versions.push(publication.clone());
                PublicationReply::Done { publication }
            }
            PublicationChange::Activate { version, .. } => {
                let publication = versions[version as usize - 1].clone();
                self.publications
                    .current
                    .insert(publication.format, version);
                PublicationReply::Done { publication }
            }
            PublicationChange::Drop { .. } => PublicationReply::Unknown,
        }
    }
}
