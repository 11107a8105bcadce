//! `prices.csv`, and what every variant costs in every market over time.

use souk_catalogue::{Product, Selling, Variant};
use souk_domain::Currency;
use souk_pricing::{Cut, MarketPrices, Price};

use super::keys::PRICE_COLUMNS;
use super::rows::{Row, Rows, rows_of};
use super::sale::Sale;
use super::{PRICES_FILE, Reading};
use crate::moment::{End, Moment};
use crate::problem::{Problem, suggestion};

/// The beginning of what has always been.
const EVER: i64 = 0;

/// What the sale that counts takes off a price, in minor units: of those with the highest priority the
/// one that takes most off.
fn largest<'s>(
    sales: impl Iterator<Item = &'s Sale>,
    minor: i64,
    currency: Currency,
) -> Option<i64> {
    let off = |sale: &Sale| match &sale.cut {
        Cut::Percent(percent) => percent.of(minor),
        Cut::Amount(amounts) => amounts.of(currency).unwrap_or(0),
    };
    let ranked = sales.map(|sale| (sale.priority, off(sale).clamp(0, minor)));
    ranked.max().map(|(_, off)| off)
}

/// A row as it is read: cells by column.
struct Cells<'r> {
    record: &'r csv::StringRecord,
    /// The place of each of [`PRICE_COLUMNS`].
    places: &'r [Option<usize>],
    line: usize,
}

impl Cells<'_> {
    fn get(&self, column: &str) -> &str {
        let known = PRICE_COLUMNS.iter().position(|key| key.name == column);
        let place = known.and_then(|known| self.places[known]);
        let cell = place.and_then(|place| self.record.get(place));
        cell.unwrap_or_default().trim()
    }

    fn problem(&self, column: &str, reason: String, instead: impl Into<String>) -> Problem {
        Problem {
            line: Some(self.line),
            key: column.to_owned(),
            ..Problem::of_file(PRICES_FILE, reason, instead)
        }
    }
}

impl Reading<'_> {
    /// The rows of the file.
    pub(super) fn prices(&mut self, text: &str) -> Rows {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut rows = Rows::default();
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => {
                let reason = error.to_string();
                self.problems
                    .push(Problem::of_file(PRICES_FILE, reason, ""));
                return rows;
            }
        };
        let Some(places) = self.columns(&header) else {
            return rows;
        };
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let reason = error.to_string();
                    self.problems
                        .push(Problem::of_file(PRICES_FILE, reason, ""));
                    return rows;
                }
            };
            let line = record.position().map_or(0, csv::Position::line);
            let cells = Cells {
                record: &record,
                places: &places,
                line: usize::try_from(line).unwrap_or(0),
            };
            match self.row(&cells) {
                Ok((key, row)) => self.add_row(&cells, key, row, &mut rows),
                Err(problem) => self.problems.push(*problem),
            }
        }
        rows
    }

    /// The place of each column; `None` where one that is needed is missing.
    fn columns(&mut self, header: &csv::StringRecord) -> Option<Vec<Option<usize>>> {
        let names = || PRICE_COLUMNS.iter().map(|key| key.name);
        let at_header = |column: &str, reason: String, instead: String| Problem {
            line: Some(1),
            key: column.to_owned(),
            ..Problem::of_file(PRICES_FILE, reason, instead)
        };
        for column in header.iter().map(str::trim) {
            if !names().any(|known| known == column) {
                let reason = format!("there is no column '{column}'");
                let known: Vec<_> = names().collect();
                let instead = suggestion(column, known);
                self.problems.push(at_header(column, reason, instead));
            }
        }
        let place = |name: &str| header.iter().position(|column| column.trim() == name);
        let missing = PRICE_COLUMNS
            .iter()
            .find(|key| key.required && place(key.name).is_none());
        if let Some(key) = missing {
            let reason = format!("the column '{}' is missing", key.name);
            let instead = format!(
                "the first line is {}",
                names().collect::<Vec<_>>().join(",")
            );
            self.problems.push(at_header(key.name, reason, instead));
            return None;
        }
        Some(names().map(place).collect())
    }

    fn row(&self, cells: &Cells<'_>) -> Result<((String, usize), Row), Box<Problem>> {
        let sku = cells.get("sku");
        if !self.names.skus().contains(sku) {
            let instead = suggestion(sku, self.names.skus().iter().copied());
            let reason = format!("there is no sku '{sku}'");
            let problem = cells.problem("sku", reason, instead);
            return Err(Box::new(self.missing(problem)));
        }
        let market = match cells.get("market") {
            "" => 0,
            id => {
                let mut markets = self.terms.markets.iter();
                let place = markets.position(|market| market.id == id);
                place.ok_or_else(|| {
                    let known = self.terms.markets.iter().map(|market| market.id.as_str());
                    let reason = format!("there is no market '{id}'");
                    Box::new(cells.problem("market", reason, suggestion(id, known)))
                })?
            }
        };
        let minor = self.cell_amount(cells, "price", market)?;
        let minor = minor.ok_or_else(|| {
            let reason = "there is no price".to_owned();
            Box::new(cells.problem("price", reason, "write an amount such as 18.00"))
        })?;
        let compare_at_minor = self.cell_amount(cells, "compare_at", market)?;
        if compare_at_minor.is_some_and(|compare_at| compare_at <= minor) {
            let reason = "it is not above the price".to_owned();
            let instead = "write a higher amount, or leave it empty";
            return Err(Box::new(cells.problem("compare_at", reason, instead)));
        }
        let from = self.cell_moment(cells, "from", market, End::From)?;
        let until_ms = self.cell_moment(cells, "until", market, End::Until)?;
        let from_ms = from.unwrap_or(EVER);
        if until_ms.is_some_and(|until_ms| until_ms <= from_ms) {
            let reason = "it would end before it begins".to_owned();
            return Err(Box::new(cells.problem(
                "until",
                reason,
                "write a later moment",
            )));
        }
        let row = Row {
            from_ms,
            until_ms,
            minor,
            compare_at_minor,
            line: cells.line,
        };
        Ok(((sku.to_owned(), market), row))
    }

    fn cell_amount(
        &self,
        cells: &Cells<'_>,
        column: &'static str,
        market: usize,
    ) -> Result<Option<i64>, Box<Problem>> {
        let text = cells.get(column);
        if text.is_empty() {
            return Ok(None);
        }
        let currency = self.terms.markets[market].currency;
        let amount = crate::settings::minor(text, currency);
        let amount = amount.ok_or_else(|| {
            let (code, digits) = (currency.code(), currency.minor_digits());
            let reason = format!("'{text}' is no amount in {code}");
            let instead = format!("write digits, with {digits} decimals at most behind a point");
            Box::new(cells.problem(column, reason, instead))
        })?;
        Ok(Some(amount))
    }

    fn cell_moment(
        &self,
        cells: &Cells<'_>,
        column: &'static str,
        market: usize,
        end: End,
    ) -> Result<Option<i64>, Box<Problem>> {
        let text = cells.get(column);
        if text.is_empty() {
            return Ok(None);
        }
        let moment = Moment::parse(text).ok_or_else(|| {
            let reason = format!("'{text}' is no moment");
            let instead = "write such as 2026-11-27 or 2026-11-27 09:00";
            Box::new(cells.problem(column, reason, instead))
        })?;
        Ok(Some(moment.at_ms(&self.markets[market].offsets, end)))
    }

    fn add_row(&mut self, cells: &Cells<'_>, key: (String, usize), row: Row, rows: &mut Rows) {
        let list = rows.0.entry(key).or_default();
        if let Some(other) = list.iter().find(|other| other.from_ms == row.from_ms) {
            let reason = format!("the price at line {} begins at the same moment", other.line);
            let instead = "keep one of the two";
            self.problems.push(cells.problem("from", reason, instead));
            return;
        }
        list.push(row);
        list.sort_by_key(|row| row.from_ms);
    }

    /// What the files say about every variant, in the order of the products; nothing where it has its
    /// own price in the first market alone.
    pub(super) fn selling(&self, rows: &Rows) -> Vec<Option<Selling>> {
        let variants = self.context.products.iter().flat_map(|product| {
            let variants = product.variants.iter();
            variants.map(move |variant| (product, variant))
        });
        let selling = variants.map(|(product, variant)| {
            let selling = Selling {
                prices: self.market_prices(product, variant, rows),
                groups: self.groups_of(product, variant),
                category: self.category_of(product, variant),
            };
            (!self.is_own(variant, &selling)).then_some(selling)
        });
        selling.collect()
    }

    /// Whether the files say no more than the products.
    fn is_own(&self, variant: &Variant, selling: &Selling) -> bool {
        let own = Price {
            from_ms: EVER,
            minor: Some(variant.price_minor),
            compare_at_minor: variant.compare_at_minor,
            ..Price::default()
        };
        let first = self.terms.markets.first().map(|market| market.id.as_str());
        let is_own = match selling.prices.as_slice() {
            [prices] => Some(prices.market.as_str()) == first && prices.timeline == [own],
            _ => false,
        };
        is_own && selling.groups.is_empty() && selling.category.is_none()
    }

    fn groups_of(&self, product: &Product, variant: &Variant) -> Vec<u16> {
        let groups = self.groups.iter().enumerate();
        let groups = groups.filter(|(_, group)| group.has(product, variant));
        groups
            .filter_map(|(place, _)| u16::try_from(place).ok())
            .collect()
    }

    fn category_of(&self, product: &Product, variant: &Variant) -> Option<u16> {
        let mut categories = self.categories.iter();
        let place = categories.position(|category| category.has(product, variant));
        u16::try_from(place?).ok()
    }

    fn market_prices(
        &self,
        product: &Product,
        variant: &Variant,
        rows: &Rows,
    ) -> Vec<MarketPrices> {
        let mut prices = Vec::new();
        for (place, market) in self.terms.markets.iter().enumerate() {
            let mut timeline: Vec<Price> = Vec::new();
            for from_ms in self.instants(variant, place, rows) {
                let (minor, compare_at_minor) =
                    match self.price_at(product, variant, place, from_ms, rows) {
                        Some((minor, compare_at_minor)) => (Some(minor), compare_at_minor),
                        None => (None, None),
                    };
                let is_same = timeline.last().is_some_and(|last| {
                    (last.minor, last.compare_at_minor) == (minor, compare_at_minor)
                });
                if !is_same {
                    timeline.push(Price {
                        from_ms,
                        minor,
                        compare_at_minor,
                        ..Price::default()
                    });
                }
            }
            if timeline.iter().any(|price| price.minor.is_some()) {
                let market = market.id.clone();
                prices.push(MarketPrices { market, timeline });
            }
        }
        prices
    }

    /// When a price may change.
    fn instants(&self, variant: &Variant, market: usize, rows: &Rows) -> Vec<i64> {
        let own = rows_of(variant, market, rows);
        let other = self.markets[market].conversion;
        let other = other
            .into_iter()
            .flat_map(|other| rows_of(variant, other.from, rows));
        let of_rows = own
            .chain(other)
            .map(|row| (Some(row.from_ms), row.until_ms));
        let runs = self.sales.iter().flat_map(|sale| &sale.runs);
        let runs = runs.filter(|run| usize::from(run.market) == market);
        let of_sales = runs.map(|run| (run.from_ms, run.until_ms));
        let both = of_rows.chain(of_sales);
        let instants = both.flat_map(|(from_ms, until_ms)| [from_ms, until_ms]);
        let mut instants: Vec<_> = instants.flatten().filter(|&at_ms| at_ms > EVER).collect();
        instants.push(EVER);
        instants.sort_unstable();
        instants.dedup();
        instants
    }

    /// The price at a moment, with sales.
    fn price_at(
        &self,
        product: &Product,
        variant: &Variant,
        market: usize,
        at_ms: i64,
        rows: &Rows,
    ) -> Option<(i64, Option<i64>)> {
        let (minor, compare_at) = self.base_at(variant, market, at_ms, rows)?;
        let is_running = |run: &souk_pricing::Run| {
            usize::from(run.market) == market
                && run.from_ms.is_none_or(|from_ms| from_ms <= at_ms)
                && run.until_ms.is_none_or(|until_ms| at_ms < until_ms)
        };
        let sales = self.sales.iter().filter(|sale| {
            let products = sale.products.as_ref();
            let is_for = products.is_none_or(|products| products.has(product, variant));
            is_for && sale.runs.iter().any(is_running)
        });
        let currency = self.terms.markets[market].currency;
        let Some(off) = largest(sales, minor, currency) else {
            return Some((minor, compare_at));
        };
        let reduced = minor - off;
        Some((reduced, (reduced < minor).then_some(minor)))
    }

    /// The price at a moment, without sales.
    fn base_at(
        &self,
        variant: &Variant,
        market: usize,
        at_ms: i64,
        rows: &Rows,
    ) -> Option<(i64, Option<i64>)> {
        let holding = rows_of(variant, market, rows).filter(|row| row.holds(at_ms));
        if let Some(row) = holding.max_by_key(|row| row.from_ms) {
            return Some((row.minor, row.compare_at_minor));
        }
        if let Some(conversion) = self.markets[market].conversion {
            let (minor, compare_at) = self.base_at(variant, conversion.from, at_ms, rows)?;
            let minor = conversion.of(minor)?;
            let compare_at = compare_at.and_then(|one| conversion.of(one));
            return Some((minor, compare_at.filter(|&one| one > minor)));
        }
        (market == 0).then_some((variant.price_minor, variant.compare_at_minor))
    }
}
