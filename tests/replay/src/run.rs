//! A run: the steps of a trace, what visitors do of their own, and a step of the waiting rooms in each
//! second, in the order of their moments.
//!
//! Not here: what a visitor sends (`visitor`), what stands around the edges (`world`), what is counted at
//! the end ([`books`]).

mod books;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::Value;
use souk_catalogue::Sale;
use souk_storefront::{Instance, cached_response, handle, room_due, room_sent};

use crate::report::{Report, SaleReport, from_memory, outcome};
use crate::route::{self, Route};
use crate::trace::{Act, Step, Trace};
use crate::visitor::{HOST, Ticket, Visitor, get, order_of, post, post_form, quote_of};
use crate::world::{BEGIN_MS, World, at_once};

/// Instances of the storefront, each with a memory of its own.
const EDGES: usize = 8;
/// From one step of the waiting rooms to the next, in milliseconds.
const STEP_MS: i64 = 1_000;
/// How long the waiting rooms step after the last request.
const REST_MS: i64 = 5_000;
/// What a visitor orders that has looked at no product.
const NO_PRODUCT: &str = "SKU-none";

/// What is due besides the steps of the trace. Steps of the rooms come first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Step,
    Poll(Stay),
    Buy { visitor: u32, sale: usize },
}

/// A visitor in a waiting room.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Stay {
    visitor: u32,
    /// Its place among the sales.
    sale: usize,
    until_ms: i64,
    thinks_ms: Option<i64>,
    is_called: bool,
}

struct Run<'t> {
    world: World,
    sales: &'t [crate::trace::SaleTerms],
    edges: Vec<Instance>,
    visitors: BTreeMap<u32, Visitor>,
    agenda: BinaryHeap<Reverse<(i64, u64, Event)>>,
    added: u64,
    report: Report,
    progress: &'t mut dyn FnMut(i64, u64),
}

/// Replays a trace. `progress` gets the moment within the trace and the requests so far, now and then.
///
/// # Errors
/// When no shop can have what the trace names, or the books cannot be read.
pub fn run(trace: &Trace, seed: u64, progress: &mut dyn FnMut(i64, u64)) -> Result<Report> {
    let world = World::new(trace, seed)?;
    let sales = trace.sales.iter().map(|sale| {
        let units = i64::from(sale.units);
        let report = SaleReport {
            units,
            ..SaleReport::default()
        };
        (sale.id.clone(), report)
    });
    let mut run = Run {
        sales: &trace.sales,
        edges: (0..EDGES).map(|_| Instance::new()).collect(),
        visitors: BTreeMap::new(),
        agenda: BinaryHeap::new(),
        added: 0,
        report: Report {
            seed,
            sales: sales.collect(),
            ..Report::default()
        },
        world,
        progress,
    };
    run.all(&trace.steps)?;
    run.close()
}

impl Run<'_> {
    fn add(&mut self, at_ms: i64, event: Event) {
        self.added += 1;
        self.agenda.push(Reverse((at_ms, self.added, event)));
    }

    fn all(&mut self, steps: &[Step]) -> Result<()> {
        self.add(0, Event::Step);
        let mut steps = steps.iter().peekable();
        let mut busy_until_ms = 0;
        loop {
            let due_ms = self.agenda.peek().map(|Reverse((at_ms, ..))| *at_ms);
            let next = steps.next_if(|step| due_ms.is_none_or(|due_ms| step.at_ms < due_ms));
            if let Some(step) = next {
                self.set_time(step.at_ms);
                busy_until_ms = step.at_ms;
                self.take(step)?;
                continue;
            }
            let Some(Reverse((at_ms, _, event))) = self.agenda.pop() else {
                return Ok(());
            };
            self.set_time(at_ms);
            match event {
                Event::Step => {
                    self.step();
                    // Steps go on for as long as a visitor may come or waits.
                    let is_busy = steps.peek().is_some() || !self.agenda.is_empty();
                    if is_busy || at_ms < busy_until_ms + REST_MS {
                        self.add(at_ms + STEP_MS, Event::Step);
                    }
                }
                Event::Poll(stay) => {
                    busy_until_ms = at_ms;
                    self.poll(stay);
                }
                Event::Buy { visitor, sale } => {
                    busy_until_ms = at_ms;
                    self.buy(visitor, sale)?;
                }
            }
        }
    }

    fn set_time(&mut self, at_ms: i64) {
        self.world.now_ms.set(BEGIN_MS + at_ms);
    }

    fn at_ms(&self) -> i64 {
        self.world.now_ms.get() - BEGIN_MS
    }

    /// Edges report, and the waiting rooms step.
    fn step(&mut self) {
        let now_ms = self.world.now_ms.get();
        for edge in &self.edges {
            while let Some(batch) = room_due(edge, now_ms) {
                let is_stored = self.world.take_report(batch);
                room_sent(edge, is_stored);
                if !is_stored {
                    break;
                }
            }
        }
        self.world.tick();
        let at_ms = self.at_ms();
        (self.progress)(at_ms, self.report.requests);
    }

    /// Sends a request and counts what came of it.
    fn send(&mut self, visitor: u32, route: Route, request: Request<Bytes>) -> Response<Bytes> {
        let edge = &self.edges[visitor as usize % EDGES];
        let log = |line: &str| eprintln!("edge: {line}");
        let handled = handle(request, &self.world, edge, &self.world.settings, log);
        let response = at_once(handled);
        self.report.lasted_ms = self.at_ms();
        self.report.count(route, outcome(&response));
        response
    }

    /// Reads an address, from the memory of the edge where that has it.
    fn read(&mut self, visitor: u32, route: Route, address: &str) {
        let edge = &self.edges[visitor as usize % EDGES];
        let now_ms = self.world.now_ms.get();
        if cached_response(&format!("{HOST}{address}"), || None, now_ms, edge).is_some() {
            self.report.lasted_ms = self.at_ms();
            self.report.count(route, from_memory());
            return;
        }
        self.send(visitor, route, get(address));
    }

    fn take(&mut self, step: &Step) -> Result<()> {
        let visitor = step.visitor;
        self.visitors.entry(visitor).or_default();
        match &step.act {
            Act::Stay {
                sale,
                for_ms,
                thinks_ms,
            } => {
                let place = self.sales.iter().position(|known| known.id == *sale);
                let stay = Stay {
                    visitor,
                    sale: place.context("a trace names its sales")?,
                    until_ms: step.at_ms + for_ms,
                    thinks_ms: *thinks_ms,
                    is_called: false,
                };
                if let Some(ticket) = self.take_place(visitor, sale) {
                    self.wait(stay, &ticket);
                }
                Ok(())
            }
            Act::Request { is_post, address } => {
                let route = route::of(*is_post, address).map_or(Route::Other, |(route, _)| route);
                self.request(visitor, route, *is_post, address)
            }
        }
    }

    fn request(&mut self, visitor: u32, route: Route, is_post: bool, address: &str) -> Result<()> {
        let known = self.visitors.entry(visitor).or_default();
        let filled = known.fill_in(address);
        match (route, is_post) {
            (Route::Order, true) => {
                let sale = address.strip_prefix("/api/v1/sales/");
                let sale = sale.and_then(|rest| rest.split('/').next());
                let place = |id| self.sales.iter().position(|known| known.id == id);
                match sale.map(place) {
                    Some(Some(sale)) => return self.buy(visitor, sale),
                    // A sale that the trace has no terms of.
                    Some(None) => self.order_at(visitor, &filled, NO_PRODUCT)?,
                    None => {
                        let sku = self.sku(visitor);
                        self.order_at(visitor, &filled, &sku)?
                    }
                };
            }
            (Route::Quote, true) => {
                let sku = self.sku(visitor);
                self.quote(visitor, &sku);
            }
            (Route::Ticket, true) => {
                let sale = address.strip_prefix("/api/v1/sales/").unwrap_or_default();
                self.take_place(visitor, sale.split('/').next().unwrap_or_default());
            }
            (Route::Poll, false) => {
                let response = self.send(visitor, route, get(&filled));
                self.visitors
                    .entry(visitor)
                    .or_default()
                    .see_ticket(&response);
            }
            (_, false) => {
                if matches!(route, Route::Product | Route::ProductJson) {
                    let slug = address.rsplit('/').next().unwrap_or_default();
                    known.product = Some(slug.to_owned());
                }
                self.read(visitor, route, &filled);
            }
            (Route::Cart, true) => {
                let sku = self.sku(visitor);
                let slug = sku.strip_prefix("SKU-").unwrap_or_default();
                let fields = [
                    ("action", "add"),
                    ("product", slug),
                    ("sku", &sku),
                    ("quantity", "1"),
                ];
                self.send(visitor, route, post_form(&filled, &fields));
            }
            (_, true) => {
                self.send(visitor, route, post_form(&filled, &[]));
            }
        }
        Ok(())
    }

    /// The SKU that a visitor looked at last.
    fn sku(&self, visitor: u32) -> String {
        let product = self
            .visitors
            .get(&visitor)
            .and_then(|known| known.product.as_ref());
        let sku = product.and_then(|slug| self.world.published.skus.get(slug));
        sku.map_or_else(|| NO_PRODUCT.to_owned(), String::clone)
    }

    fn take_place(&mut self, visitor: u32, sale: &str) -> Option<Ticket> {
        let address = format!("/api/v1/sales/{sale}/tickets");
        let response = self.send(visitor, Route::Ticket, post(&address, &[], &Value::Null));
        let known = self.visitors.entry(visitor).or_default();
        known
            .see_ticket(&response)
            .filter(|_| response.status() == StatusCode::CREATED)
    }

    /// Comes back when the server said, unless it has left by then.
    fn wait(&mut self, stay: Stay, ticket: &Ticket) {
        let at_ms = self.at_ms() + i64::from(ticket.poll_after_s.max(1)) * 1_000;
        if at_ms < stay.until_ms {
            self.add(at_ms, Event::Poll(stay));
        }
    }

    fn poll(&mut self, stay: Stay) {
        let id = &self.sales[stay.sale].id;
        let known = self.visitors.entry(stay.visitor).or_default();
        if stay.is_called && known.tries > 0 {
            return;
        }
        let address = known.fill_in(&format!("/api/v1/sales/{id}/tickets/-"));
        let response = self.send(stay.visitor, Route::Poll, get(&address));
        let known = self.visitors.entry(stay.visitor).or_default();
        let Some(ticket) = known.see_ticket(&response) else {
            return;
        };
        match ticket.state.as_str() {
            "gathering" | "waiting" => self.wait(stay, &ticket),
            "called" => self.shop(stay, &ticket),
            // Missed, sold out or over.
            _ => {}
        }
    }

    /// One who is called orders after a while, and comes back until then: one who does not is taken for
    /// gone, and another is called.
    fn shop(&mut self, stay: Stay, ticket: &Ticket) {
        if !stay.is_called {
            self.of_sale(stay.sale).called += 1;
            if let Some(thinks_ms) = stay.thinks_ms {
                let Stay { visitor, sale, .. } = stay;
                let at_ms = self.at_ms() + thinks_ms;
                self.add(at_ms, Event::Buy { visitor, sale });
            }
        }
        if stay.thinks_ms.is_some() {
            let is_called = true;
            self.wait(Stay { is_called, ..stay }, ticket);
        }
    }

    fn of_sale(&mut self, sale: usize) -> &mut SaleReport {
        self.report
            .sales
            .entry(self.sales[sale].id.clone())
            .or_default()
    }

    /// Orders with a ticket.
    fn buy(&mut self, visitor: u32, sale: usize) -> Result<()> {
        let (id, sku) = (&self.sales[sale].id, self.sale_sku(sale)?);
        let known = self.visitors.entry(visitor).or_default();
        let address = known.fill_in(&format!("/api/v1/sales/{id}/orders/-"));
        let response = self.order_at(visitor, &address, &sku)?;
        let at_ms = self.at_ms();
        let is_sold_out = outcome(&response).ends_with("sold-out");
        let of_sale = self.of_sale(sale);
        if response.status() == StatusCode::CREATED {
            of_sale.orders += 1;
            of_sale.first_order_ms.get_or_insert(at_ms);
            of_sale.last_order_ms = Some(at_ms);
        }
        of_sale.sold_out_after_call += u64::from(is_sold_out);
        Ok(())
    }

    fn sale_sku(&self, sale: usize) -> Result<String> {
        let sales: &[Sale] = &self.world.published.sales;
        let item = sales.get(sale).and_then(|sale| sale.items.first());
        Ok(item.context("a sale has an item")?.sku.clone())
    }

    fn quote(&mut self, visitor: u32, sku: &str) -> Value {
        let request = post("/api/v1/quotes", &[], &quote_of(sku));
        let response = self.send(visitor, Route::Quote, request);
        let quote: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        quote["quote"].clone()
    }

    fn order_at(&mut self, visitor: u32, address: &str, sku: &str) -> Result<Response<Bytes>> {
        let quote = self.quote(visitor, sku);
        let known = self.visitors.entry(visitor).or_default();
        known.tries += 1;
        let key = format!("replay-{visitor}-{}", known.tries);
        let ticket = known.ticket.clone().unwrap_or_default();
        let mut headers = vec![("idempotency-key", key.as_str())];
        if !ticket.is_empty() {
            headers.push(("souk-ticket", ticket.as_str()));
        }
        let request = post(address, &headers, &order_of(sku, visitor, &quote));
        let response = self.send(visitor, Route::Order, request);
        self.visitors
            .entry(visitor)
            .or_default()
            .see_order(&response);
        Ok(response)
    }
}
