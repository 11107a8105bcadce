//! A shopper wants to pay: the page that is open, or a new one.

use souk_origin_client::Changed;
use souk_ports::PaymentsPort;
use souk_protocol::origin::{Action, Actor, ChangeOrder, OrderRecord, PaymentMethod, Status};
use souk_protocol::payments::{BeginPayment, BeginReply, ReturnedReply, ShopperReturned};

use crate::completion::Payments;
use crate::payment_history::{Named, PaymentHistory};
use crate::provider::{NewPage, Page, PageLimits, PageLine, PageState, ProviderError};
use crate::providers::AnyProvider;
use crate::trouble::Trouble;

impl<E: PaymentsPort> Payments<'_, E> {
    /// Finds a page for an order, at whichever provider, or opens one at the first.
    pub(crate) async fn begin(&self, begin: &BeginPayment) -> Result<BeginReply, Trouble> {
        let Some(mut record) = self.books.record(&begin.order).await? else {
            return Ok(BeginReply::UnknownOrder);
        };
        if !self.is_payable(&record) {
            let record = Box::new(record);
            return Ok(BeginReply::NotPayable { record });
        }
        if let Some((provider, page)) = self.last_page(&record).await? {
            let history = PaymentHistory::of(&record);
            let is_outdated = history.outdated == history.pages.len();
            let page = match page.url.is_some() && is_outdated {
                true => provider.close(&page.id).await?,
                false => page,
            };
            if let Some(url) = page.url {
                return Ok(BeginReply::Open { url });
            }
            // Paid, and not reported yet.
            if let Some(noted) = self.note_page(provider, &page).await? {
                record = noted;
                if !self.is_payable(&record) {
                    let record = Box::new(record);
                    return Ok(BeginReply::NotPayable { record });
                }
            }
        }
        match self.providers.first() {
            Some(provider) => self.open(*provider, begin, &record).await,
            None => Ok(BeginReply::Off),
        }
    }

    /// The page that was opened last, as its provider has it.
    async fn last_page(
        &self,
        record: &OrderRecord,
    ) -> Result<Option<(&dyn AnyProvider, Page)>, Trouble> {
        let history = PaymentHistory::of(record);
        let Some(Named { provider, id }) = history.pages.last().copied() else {
            return Ok(None);
        };
        let provider = match self.provider(provider) {
            Ok(provider) => provider,
            Err(trouble) => {
                (self.log)(&format!(
                    "page {id} of the order {}: {trouble}",
                    record.order.id
                ));
                return Ok(None);
            }
        };
        match provider.page(id).await {
            Ok(page) => Ok(Some((provider, page))),
            Err(ProviderError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn open(
        &self,
        provider: &dyn AnyProvider,
        begin: &BeginPayment,
        record: &OrderRecord,
    ) -> Result<BeginReply, Trouble> {
        let number = PaymentHistory::of(record).pages.len();
        let key = format!("souk-{}-page-{number}", begin.order);
        let new = self.new_page(provider.page_limits(), begin, record);
        let page = match provider.open(&new, &key).await {
            Ok(page) => page,
            Err(ProviderError::Rejected { reason, code }) => {
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
            key: format!("page:{}:{}", provider.name(), page.id),
            order: begin.order.clone(),
            by: Actor::Shopper,
            by_name: None,
            action: Action::BeginPayment {
                provider: provider.name().to_owned(),
                session: page.id.clone(),
                url: url.clone(),
            },
        };
        match self.books.change(&change).await? {
            // The buyer has taken units off meanwhile: the page is for another amount.
            Changed::Done(now) if now.order.total != record.order.total => {
                provider.close(&page.id).await?;
                let text = format!("the order {} costs something else by now", begin.order);
                Err(ProviderError::Transient(text).into())
            }
            Changed::Done(_) => Ok(BeginReply::Open { url }),
            // The hold has lapsed meanwhile: the page was shown to no shopper, and will not be.
            Changed::Illegal(_) => {
                provider.close(&page.id).await?;
                match self.books.record(&begin.order).await? {
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

    fn new_page<'p>(
        &self,
        limits: PageLimits,
        begin: &'p BeginPayment,
        record: &'p OrderRecord,
    ) -> NewPage<'p> {
        let order = &record.order;
        let now_s = self.edge.now_ms() / 1000;
        let closes_at_s = record
            .progress
            .hold_until_ms
            .map(|until_ms| until_ms / 1000 + limits.life_s_min)
            .filter(|at_s| at_s - now_s <= limits.life_s_max);
        NewPage {
            order: &begin.order,
            lines: lines(record, limits.lines_max),
            total: order.total,
            currency: &order.currency,
            email: Some(order.details.customer.email.as_str()).filter(|email| !email.is_empty()),
            return_url: &begin.return_url,
            cancel_url: &begin.cancel_url,
            locale: &begin.locale,
            closes_at_s,
        }
    }

    /// A shopper is back from a page: what happened there is recorded, and what follows from it is
    /// done at once.
    pub(crate) async fn returned(
        &self,
        returned: &ShopperReturned,
    ) -> Result<ReturnedReply, Trouble> {
        let Some(record) = self.books.record(&returned.order).await? else {
            return Ok(ReturnedReply::UnknownOrder);
        };
        // The pages of other orders are none of this one's. Two providers may have given the same
        // name to a page of it: then both are asked.
        let history = PaymentHistory::of(&record);
        let pages = history.pages.iter();
        let returned: Vec<_> = pages.filter(|page| page.id == returned.session).collect();
        if returned.is_empty() {
            return Ok(ReturnedReply::UnknownOrder);
        }
        for Named { provider, id } in returned {
            let provider = self.provider(provider)?;
            let page = provider.page(id).await?;
            if let Some(record) = self.note_page(provider, &page).await? {
                self.work_on(record).await;
            }
        }
        Ok(ReturnedReply::Settled)
    }

    /// Records the payment that was made on a page, if there was one.
    async fn note_page(
        &self,
        provider: &dyn AnyProvider,
        page: &Page,
    ) -> Result<Option<OrderRecord>, Trouble> {
        let payment = page.payment.as_deref();
        let Some(payment) = payment.filter(|_| page.state != PageState::Closed) else {
            return Ok(None);
        };
        let payment = provider.payment(payment).await?;
        self.take_note(provider, &payment).await
    }
}

/// What the shopper pays for: the order's lines, or one line with its number where they are too
/// many or do not add up to the total.
fn lines(record: &OrderRecord, lines_max: usize) -> Vec<PageLine> {
    let order = &record.order;
    let wanted = order.lines.iter().filter(|line| line.quantity > 0);
    let mut lines: Vec<_> = wanted
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
    if lines.len() <= lines_max && sum == Some(order.total) && lines.iter().all(plain) {
        return lines;
    }
    vec![PageLine {
        name: format!("# {}", order.id),
        unit_price: order.total,
        quantity: 1,
    }]
}
