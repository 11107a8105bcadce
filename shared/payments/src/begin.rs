//! A shopper wants to pay: the page that is open, or a new one.

use souk_ports::Till;
use souk_protocol::life::{Action, Actor, ChangeOrder, OrderRecord};
use souk_protocol::payments::{BeginPayment, BeginReply, ReturnedReply, ShopperReturned};
use souk_protocol::trade::{PaymentMethod, Status};

use crate::completion::Cashier;
use crate::origin::{Changed, Trouble};
use crate::provider::{NewPage, Page, PageLine, PageState, PaymentProvider, ProviderError};
use crate::standing::Standing;

/// A page closes this long after the hold of its order, if nobody closes it before: Stripe lets no
/// page live for less than 30 minutes, and clocks differ.
const PAGE_AFTER_HOLD_S: i64 = 35 * 60;
/// No page lives longer: Stripe's bound of 24 hours, less an hour for clocks and waiting.
const PAGE_LIFE_S_MAX: i64 = 23 * 60 * 60;
/// Lines on a page at most, the delivery included: Stripe's bound.
const PAGE_LINES_MAX: usize = 100;

impl<E: Till, P: PaymentProvider> Cashier<'_, E, P> {
    /// Finds or opens a page for an order.
    pub(crate) async fn begin(&self, begin: &BeginPayment) -> Result<BeginReply, Trouble> {
        let (order, token) = (begin.order.as_str(), begin.token.as_str());
        let Some(mut record) = self.books.record(order, Some(token)).await? else {
            return Ok(BeginReply::UnknownOrder);
        };
        if !self.is_payable(&record) {
            let record = Box::new(record);
            return Ok(BeginReply::NotPayable { record });
        }
        let last = Standing::of(&record)
            .pages
            .last()
            .map(|page| (*page).to_owned());
        if let Some(last) = last {
            let page = match self.provider.page(&last).await {
                Ok(page) => Some(page),
                Err(ProviderError::NotFound(_)) => None,
                Err(error) => return Err(error.into()),
            };
            if let Some(url) = page.as_ref().and_then(|page| page.url.clone()) {
                return Ok(BeginReply::Open { url });
            }
            // Paid, and nobody has told us yet.
            if let Some(noted) = self.note_page(page.as_ref()).await? {
                record = noted;
                if !self.is_payable(&record) {
                    let record = Box::new(record);
                    return Ok(BeginReply::NotPayable { record });
                }
            }
        }
        self.open(begin, &record).await
    }

    async fn open(
        &self,
        begin: &BeginPayment,
        record: &OrderRecord,
    ) -> Result<BeginReply, Trouble> {
        let number = Standing::of(record).pages.len();
        let key = format!("souk-{}-page-{number}", begin.order);
        let page = match self
            .provider
            .open(&self.new_page(begin, record), &key)
            .await
        {
            Ok(page) => page,
            Err(ProviderError::Refused { reason, code }) => {
                (self.log)(&format!(
                    "no page for the order {}: {code}: {reason}",
                    begin.order
                ));
                return Ok(BeginReply::Refused { reason });
            }
            Err(error) => return Err(error.into()),
        };
        let Some(url) = page.url.clone() else {
            // The answer to an earlier request with this key: the page has ended since.
            let text = format!(
                "page {} of the order {} has no address",
                page.id, begin.order
            );
            return Err(ProviderError::Transient(text).into());
        };
        let change = ChangeOrder {
            key: format!("page:{}", page.id),
            order: begin.order.clone(),
            token: Some(begin.token.clone()),
            by: Actor::Shopper,
            action: Action::BeginPayment {
                session: page.id.clone(),
                url: url.clone(),
            },
        };
        match self.books.change(&change).await? {
            Changed::Done(_) => Ok(BeginReply::Open { url }),
            // The hold has lapsed meanwhile: nobody has seen the page, and nobody will.
            Changed::Illegal(_) => {
                self.provider.close(&page.id).await?;
                match self.books.record(&begin.order, Some(&begin.token)).await? {
                    Some(record) => Ok(BeginReply::NotPayable {
                        record: Box::new(record),
                    }),
                    None => Ok(BeginReply::UnknownOrder),
                }
            }
            Changed::Unknown => Ok(BeginReply::UnknownOrder),
        }
    }

    /// Whether a card can pay the order now.
    fn is_payable(&self, record: &OrderRecord) -> bool {
        let held = record
            .progress
            .hold_until_ms
            .is_none_or(|until_ms| self.edge.now_ms() < until_ms);
        record.order.details.payment == PaymentMethod::Card
            && record.progress.status == Status::AwaitingPayment
            && record.progress.funds.authorised == 0
            && held
    }

    fn new_page<'p>(&self, begin: &'p BeginPayment, record: &'p OrderRecord) -> NewPage<'p> {
        let order = &record.order;
        let now_s = self.edge.now_ms() / 1000;
        let closes_at_s = record
            .progress
            .hold_until_ms
            .map(|until_ms| until_ms / 1000 + PAGE_AFTER_HOLD_S)
            .filter(|at_s| at_s - now_s <= PAGE_LIFE_S_MAX);
        NewPage {
            order: &begin.order,
            lines: lines(record),
            total: order.total,
            currency: &order.currency,
            email: Some(order.details.customer.email.as_str()).filter(|email| !email.is_empty()),
            return_url: &begin.return_url,
            cancel_url: &begin.cancel_url,
            locale: &begin.locale,
            closes_at_s,
        }
    }

    /// A shopper is back from a page: whatever happened there is recorded, and what follows from
    /// it is done at once.
    pub(crate) async fn returned(
        &self,
        returned: &ShopperReturned,
    ) -> Result<ReturnedReply, Trouble> {
        let (order, token) = (returned.order.as_str(), returned.token.as_str());
        let Some(record) = self.books.record(order, Some(token)).await? else {
            return Ok(ReturnedReply::UnknownOrder);
        };
        // Nobody can ask about the pages of others.
        if !Standing::of(&record)
            .pages
            .contains(&returned.session.as_str())
        {
            return Ok(ReturnedReply::UnknownOrder);
        }
        let page = self.provider.page(&returned.session).await?;
        if let Some(record) = self.note_page(Some(&page)).await? {
            self.work_on(record).await;
        }
        Ok(ReturnedReply::Settled)
    }

    /// Records the payment that was made on a page, if there was one.
    async fn note_page(&self, page: Option<&Page>) -> Result<Option<OrderRecord>, Trouble> {
        let paid = page.filter(|page| page.state != PageState::Closed);
        let Some(payment) = paid.and_then(|page| page.payment.as_deref()) else {
            return Ok(None);
        };
        let payment = self.provider.payment(payment).await?;
        self.take_note(&payment).await
    }
}

/// What the shopper pays for: the order's lines, or one line with its number where they are too
/// many or do not add up to the total.
fn lines(record: &OrderRecord) -> Vec<PageLine> {
    let order = &record.order;
    let mut lines: Vec<_> = order
        .lines
        .iter()
        .map(|line| PageLine {
            name: line.title.clone(),
            unit_price: line.unit_price,
            quantity: line.quantity,
        })
        .collect();
    if order.shipping > 0 {
        lines.push(PageLine {
            name: "Delivery / 运费".to_owned(),
            unit_price: order.shipping,
            quantity: 1,
        });
    }
    let sum = lines.iter().try_fold(0_i64, |sum, line| {
        sum.checked_add(line.unit_price.checked_mul(i64::from(line.quantity))?)
    });
    let plain = |line: &PageLine| !line.name.trim().is_empty();
    if lines.len() <= PAGE_LINES_MAX && sum == Some(order.total) && lines.iter().all(plain) {
        return lines;
    }
    vec![PageLine {
        name: format!("# {}", order.id),
        unit_price: order.total,
        quantity: 1,
    }]
}
