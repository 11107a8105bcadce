//! What becomes of the form of the checkout: an order, or the form again with what was typed.
//!
//! A form that was sent before is answered with its order, by its key, before the cart is looked at.
//! One that is too old, or was opened for another cart, is shown again with the cart as it is. So
//! Back, a second tab and a second click lead to the order or to the form.

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_domain::{Limit, Locale};
use souk_order_token::token_of;
use souk_pages::{paths, view};
use souk_ports::Edge;
use souk_pricing::NoSuchPoint;
use souk_protocol::origin::{PaymentMethod, PromotionLeftOut, Status, StoredOrder, SubmitReply};
use souk_protocol::problem::FieldError;
use souk_protocol::public::{Address, Customer, OrderRequest, OrderRequestLine, Payment};
use souk_protocol::shards::CLOSED_RETRY_AFTER_S;

use crate::cart::shown::Asking;
use crate::catalogue::reader::Reader;
use crate::checkout::form::CheckoutForm;
use crate::checkout::page::{Proof, Shown};
use crate::checkout::payment::{NoPage, to_provider};
use crate::checkout::recent_orders::{Basket, Waiting};
use crate::http::form::{self, Field};
use crate::http::reply;
use crate::http::shop::{Failure, Outcome, Shop, retry_after};
use crate::orders::request as order_request;
use crate::pricing::{OrderPrice, Priced, SignedQuote};
use crate::sales::NotLetIn;

/// A form with the browser that has sent it.
struct Sent {
    form: CheckoutForm,
    /// The key of its order.
    key: String,
    basket: Basket,
    cart: view::CartView,
    /// What the cart costs by the version and at the moment that the shopper was shown.
    priced: Option<Priced>,
    /// What the shopper was shown.
    signed: Option<SignedQuote>,
}

/// Why an order is not what the shopper was shown.
#[derive(Debug)]
enum NotAsShown {
    /// Nothing is delivered to the address.
    Nowhere,
    /// The chosen delivery is not possible.
    OtherDelivery,
    /// The chosen delivery has several points where it can be collected, and none of them is chosen.
    NoPoint,
    /// It costs something else, or the shopper was shown no price.
    OtherTotal,
}

impl<E: Edge> Shop<'_, E> {
    /// `POST /checkout`.
    pub(crate) async fn place_order(&self) -> Outcome {
        if !self.incoming.is_same_site() {
            return Err(Failure::Forbidden);
        }
        let form: CheckoutForm = form::read(self.incoming.request.body())?;
        if let Some(order) = self.order_of_form(&form.idempotency_key) {
            let token = token_of(&self.settings.session_secrets, &order.id);
            return Ok(Box::pin(self.to_order(&order.id, &token, order.in_cart)).await);
        }
        let basket = Box::pin(self.basket()).await;
        let proof = match self.check_form(&form, &basket) {
            // Nothing was opened here, and there is nothing to order.
            Err(Failure::Forbidden) if basket.cart.lines.is_empty() => {
                return Ok(reply::see_other(&self.local("/cart")));
            }
            proof => proof?,
        };
        let reader = self.reader().await?;
        let (key, notice) = match proof {
            Proof::Fresh(key) if basket.cart.lines.is_empty() => {
                (key, Some(view::Notice::CartChanged))
            }
            Proof::Fresh(key) => (key, None),
            Proof::Stale { key, notice } => (key, Some(notice)),
        };
        if form.asks_for_a_quote() {
            let shown = Shown {
                key: Some(key),
                notice,
                ..self.shown_again(&form)
            };
            return Box::pin(self.checkout_page(&reader, &basket, shown)).await;
        }
        let sent = Box::pin(self.priced_as_shown(form, key, basket)).await?;
        // By the version of now: what was withdrawn since the form was opened is not ordered.
        let gone = Box::pin(self.is_gone(&reader, &sent.basket)).await?;
        let notice = notice.or(gone.then_some(view::Notice::Gone { title: None }));
        match notice {
            Some(notice) => {
                let shown = Shown {
                    key: Some(sent.key.clone()),
                    ..self.again(&sent, StatusCode::CONFLICT, Some(notice))
                };
                Box::pin(self.checkout_page(&reader, &sent.basket, shown)).await
            }
            // Boxed: what it takes to place an order makes a large future.
            None => Box::pin(self.place(&reader, sent)).await,
        }
    }

    /// The form with its cart, priced as the shopper was shown, for the address that was typed.
    async fn priced_as_shown(
        &self,
        form: CheckoutForm,
        key: String,
        basket: Basket,
    ) -> Result<Sent, Failure> {
        let signed = self.open_quote(&form.quote);
        let (reader, at_ms) = self.reader_of(signed.as_ref()).await?;
        let signals = self.signals().await;
        let asking = Asking {
            at_ms: Some(at_ms),
            ..self.shown_again(&form).asking()
        };
        let cart = self.cart_view(&reader, &signals, &basket, asking);
        let cart = Box::pin(cart).await?;
        Ok(Sent {
            form,
            key,
            basket,
            cart: cart.view,
            priced: cart.priced,
            signed,
        })
    }

    async fn place(&self, reader: &Reader<'_, E>, mut sent: Sent) -> Outcome {
        let language = self.about.tag(self.locale);
        let request = sent.order_request(language);
        let cards = self.card_terms(&request).await?;
        let offered = self.offered(cards.taken).await;
        let names = self.order_names(format!("form-{}", sent.key));
        let checked = order_request::check_form(&request, names, &offered);
        let submit = match (checked, self.price_of(&mut sent)) {
            (Ok(mut submit), Ok(price)) => {
                submit.payment_min = cards.min;
                price.put_into(&mut submit);
                Ok(submit)
            }
            // Of what is wrong with the form the shopper hears first.
            (Err(errors), price) => Err(self.with_errors(&sent, errors, price.err())),
            (Ok(_), Err(why @ (NotAsShown::Nowhere | NotAsShown::NoPoint))) => {
                Err(self.with_errors(&sent, Vec::new(), Some(why)))
            }
            (Ok(_), Err(NotAsShown::OtherTotal)) => Err(Shown {
                has_other_total: true,
                ..self.again(&sent, StatusCode::CONFLICT, None)
            }),
            (Ok(_), Err(NotAsShown::OtherDelivery)) => {
                let notice = Some(view::Notice::DeliveryGone);
                Err(self.again(&sent, StatusCode::CONFLICT, notice))
            }
        };
        let show = |shown: Shown| Box::pin(self.checkout_page(reader, &sent.basket, shown));
        let same_key = || Some(sent.key.clone());
        let submit = match submit {
            Ok(submit) => submit,
            // The same key: an order may have been placed by this form before.
            Err(shown) => {
                return show(Shown {
                    key: same_key(),
                    ..shown
                })
                .await;
            }
        };
        let mut submit = submit;
        let ticket_of = |id: &str| self.place_cookie(id);
        let admitted = Box::pin(self.let_in(&mut submit, &ticket_of)).await;
        let submitted = match admitted {
            Ok(()) => Box::pin(self.submit(submit)).await,
            Err(NotLetIn::Answered(reply)) => Ok(*reply),
            Err(NotLetIn::Failed(failure)) => Err(failure),
            Err(NotLetIn::BeforeCheckout(waiting)) => {
                let mut page = show(Shown {
                    key: same_key(),
                    ..self.again(&sent, StatusCode::CONFLICT, Some(view::Notice::Queue))
                })
                .await?;
                self.keep_place(&waiting, &mut page);
                return Ok(page);
            }
            Err(why) => {
                return show(Shown {
                    key: same_key(),
                    ..self.again(&sent, StatusCode::CONFLICT, Some(not_let_in(&why)))
                })
                .await;
            }
        };
        let reply = match submitted {
            Ok(reply) => reply,
            // The outcome is unknown: sending the same form again, with the same key, settles it.
            Err(Failure::OutcomeUnknown(text)) => {
                self.log_failure("not answered", &text);
                let notice = Some(view::Notice::Unknown);
                return show(Shown {
                    key: same_key(),
                    ..self.again(&sent, StatusCode::SERVICE_UNAVAILABLE, notice)
                })
                .await;
            }
            Err(busy @ (Failure::Busy { .. } | Failure::Closed)) => {
                let notice = Some(view::Notice::Busy);
                let mut page = show(Shown {
                    key: same_key(),
                    ..self.again(&sent, StatusCode::SERVICE_UNAVAILABLE, notice)
                })
                .await?;
                let seconds = match busy {
                    Failure::Busy { retry_after_s } => retry_after_s,
                    _ => CLOSED_RETRY_AFTER_S,
                };
                retry_after(&mut page, seconds);
                return Ok(page);
            }
            Err(other) => return Err(other),
        };
        match reply {
            SubmitReply::Accepted { order, .. } | SubmitReply::Exists { order } => {
                Ok(Box::pin(self.placed(&order, &sent.key)).await)
            }
            refusal => show(self.refused_form(&sent, refusal)).await,
        }
    }

    /// What the order costs, if that is what the shopper was shown.
    fn price_of(&self, sent: &mut Sent) -> Result<OrderPrice, NotAsShown> {
        let point = sent.pickup_point();
        let mut priced = sent.priced.take().ok_or(NotAsShown::OtherTotal)?;
        let delivery = priced.inputs.delivery.as_deref();
        if delivery.ok_or(NotAsShown::Nowhere)? != &*sent.form.delivery {
            return Err(NotAsShown::OtherDelivery);
        }
        priced.inputs.pickup_point = point.map_err(|_| NotAsShown::NoPoint)?;
        let shown = sent.signed.as_ref().map(|signed| signed.total);
        let price = OrderPrice {
            shown: shown.ok_or(NotAsShown::OtherTotal)?,
            priced,
        };
        match price.is_as_shown() {
            true => Ok(price),
            false => Err(NotAsShown::OtherTotal),
        }
    }

    /// The form again, with what was typed.
    fn again(&self, sent: &Sent, status: StatusCode, notice: Option<view::Notice>) -> Shown {
        Shown {
            status,
            notice,
            ..self.shown_again(&sent.form)
        }
    }

    /// The form with what is wrong beside its fields.
    fn with_errors(&self, sent: &Sent, errors: Vec<FieldError>, why: Option<NotAsShown>) -> Shown {
        let mut errors: Vec<_> = errors.into_iter().map(field_of).collect();
        let error = |pointer: &str, detail: &str| FieldError {
            pointer: pointer.to_owned(),
            detail: detail.to_owned(),
        };
        match why {
            Some(NotAsShown::Nowhere) => {
                // There was no delivery to choose.
                errors.retain(|error| error.pointer != "delivery");
                errors.push(error("country", "nothing is delivered to this address"));
            }
            Some(NotAsShown::NoPoint) => errors.push(error("pickup_point", "choose a point")),
            Some(NotAsShown::OtherDelivery | NotAsShown::OtherTotal) | None => {}
        }
        Shown {
            errors,
            ..self.again(sent, StatusCode::UNPROCESSABLE_ENTITY, None)
        }
    }

    /// The form of an order that the origin refused. A promotion that cannot be used is left out from
    /// now on.
    fn refused_form(&self, sent: &Sent, refusal: SubmitReply) -> Shown {
        let again = |notice| self.again(sent, StatusCode::CONFLICT, notice);
        match refusal {
            SubmitReply::QuoteChanged { .. } => Shown {
                has_other_total: true,
                ..again(None)
            },
            SubmitReply::PromotionUnavailable { promotion, reason } => {
                let mut shown = again(Some(view::Notice::PromotionGone));
                shown.without.retain(|known| known.promotion != promotion);
                shown.without.push(PromotionLeftOut { promotion, reason });
                shown
            }
            other => again(Some(self.notice_of(sent, other))),
        }
    }

    /// What the page says about an order that was not placed.
    fn notice_of(&self, sent: &Sent, refusal: SubmitReply) -> view::Notice {
        let title = |sku: &str| sent.line_title(self.locale, sku);
        match refusal {
            SubmitReply::ExistsWithDifferentContent => view::Notice::FormUsed,
            SubmitReply::TermsChanged => view::Notice::TermsChanged,
            SubmitReply::DeliveryUnavailable => view::Notice::DeliveryGone,
            SubmitReply::NotOpen { .. } => view::Notice::SaleNotOpen,
            SubmitReply::SaleOver => view::Notice::SaleOver,
            SubmitReply::QuoteChanged { .. } | SubmitReply::PromotionUnavailable { .. } => {
                unreachable!("the form says more about these")
            }
            SubmitReply::SoldOut { sku, available, .. } => {
                let title = title(&sku);
                let mut waiting = sent.basket.waiting.iter();
                match available {
                    _ if waiting.any(|waiting: &Waiting| waiting.has_sku(&sku)) => {
                        view::Notice::HeldForYou { title }
                    }
                    ..=0 => view::Notice::SoldOut { title },
                    1.. => view::Notice::TooFewLeft { title },
                }
            }
            SubmitReply::LimitExceeded {
                limit,
                allowed,
                sku,
            } => limit_notice(&limit, sku.as_deref().map(title), allowed),
            SubmitReply::PriceChanged {
                sku, unit_price, ..
            } => view::Notice::PriceChanged {
                title: title(&sku),
                unit_price_minor: unit_price,
            },
            SubmitReply::UnknownSku { sku } => view::Notice::Gone {
                title: Some(title(&sku)),
            },
            SubmitReply::Accepted { .. } | SubmitReply::Exists { .. } => {
                unreachable!("an order that was placed is not a refusal")
            }
        }
    }

    /// On to the page of the order, or first to the provider's, where the order is paid.
    async fn placed(&self, order: &StoredOrder, key: &str) -> Response<Bytes> {
        let to_pay =
            order.details.payment == PaymentMethod::Card && order.status == Status::AwaitingPayment;
        let token = self.token_of(order);
        let mut response = self.to_order(&order.id, &token, to_pay).await;
        self.note_order(order, key, &mut response);
        response
    }

    /// The page where an order is paid; if there is none now, the order's own, which leads there.
    async fn to_order(&self, id: &str, token: &str, to_pay: bool) -> Response<Bytes> {
        let page = match to_pay {
            true => self.begin_payment(id, token).await,
            false => Ok(Err(NoPage::Off)),
        };
        let refused = matches!(&page, Ok(Err(NoPage::Refused(_))));
        let to_page = page.ok().and_then(Result::ok);
        let to_page = to_page.and_then(|url| to_provider(&url).ok());
        to_page.unwrap_or_else(|| {
            let more = if refused { "&card=refused" } else { "" };
            let path = paths::order(id, token);
            reply::see_other(&self.local(&format!("{path}&placed=1{more}")))
        })
    }
}

/// What the page says about an order that a sale with a waiting room does not let in.
fn not_let_in(why: &NotLetIn) -> view::Notice {
    match why {
        NotLetIn::TurnMissed => view::Notice::TurnMissed,
        NotLetIn::Paused => view::Notice::SalePaused,
        NotLetIn::OtherBuyer => view::Notice::OtherBuyer,
        NotLetIn::TwoSales => view::Notice::TwoSales,
        NotLetIn::NotYourTurn(_) | NotLetIn::NoTicket(_) => view::Notice::NotYourTurn,
        NotLetIn::Answered(_) | NotLetIn::Failed(_) | NotLetIn::BeforeCheckout(_) => {
            unreachable!("these are not about the ticket of a sale")
        }
    }
}

/// What the page says about an order that a limit does not allow.
fn limit_notice(limit: &str, title: Option<String>, allowed: i64) -> view::Notice {
    let known = Limit::ALL.into_iter().find(|known| known.name() == limit);
    match known {
        Some(Limit::UnitsPerLine | Limit::UnitsPerOrder | Limit::SaleUnitsPerBuyer) => {
            view::Notice::TooMany { title, allowed }
        }
        Some(Limit::SaleOrdersPerTicket) => view::Notice::TicketUsed,
        Some(Limit::OrderTotal) => view::Notice::TooDear {
            allowed_minor: allowed,
        },
        Some(Limit::PaymentMinimum) => view::Notice::BelowCardMinimum { min_minor: allowed },
        Some(
            Limit::UnpaidUnitsPerBuyer | Limit::UnpaidUnitsPerClient | Limit::UnpaidPercentPerSku,
        )
        | None => view::Notice::TooManyUnpaid { title },
    }
}

impl Sent {
    fn order_request(&self, language: &str) -> OrderRequest {
        let form = &self.form;
        let text = |field: &Field| field.to_string();
        let lines = self.cart.lines.iter().zip(&self.basket.cart.lines);
        OrderRequest {
            lines: lines
                .map(|(line, kept)| OrderRequestLine {
                    sku: line.sku.clone(),
                    quantity: i64::from(line.quantity),
                    unit_price: None,
                    options: kept.options.clone(),
                })
                .collect(),
            market: self
                .priced
                .as_ref()
                .map(|priced| priced.inputs.market.clone()),
            codes: form.codes(),
            quote: None,
            customer: Customer {
                name: text(&form.name),
                email: text(&form.email),
            },
            shipping_address: Address {
                country: text(&form.country),
                region: text(&form.region),
                city: text(&form.city),
                postal_code: text(&form.postal_code),
                line1: text(&form.line1),
                line2: text(&form.line2),
            },
            delivery: text(&form.delivery),
            pickup_point: self.pickup_point().ok().flatten(),
            payment: Payment {
                method: text(&form.payment),
            },
            language: Some(language.to_owned()),
            note: Some(text(&form.note)).filter(|note| !note.is_empty()),
        }
    }

    /// Id of the point where the shopper collects: the only one of the chosen delivery, or the one that
    /// is chosen. One that was chosen for another delivery does not count.
    ///
    /// # Errors
    /// When the delivery has several, and none of them is chosen.
    fn pickup_point(&self) -> Result<Option<String>, NoSuchPoint> {
        let terms = self.priced.as_ref().map(|priced| &priced.terms.terms);
        let Some(method) = terms.and_then(|terms| terms.method(&self.form.delivery)) else {
            return Ok(None);
        };
        let id = match method.points.as_slice() {
            [] => None,
            [only] => Some(only.id.as_str()),
            [_, _, ..] => Some(&*self.form.pickup_point),
        };
        let point = method.point(id)?;
        Ok(point.map(|point| point.id.clone()))
    }

    fn line_title(&self, locale: Locale, sku: &str) -> String {
        let mut lines = self.cart.lines.iter();
        let line = lines.find(|line| line.sku == sku);
        match line.and_then(|line| line.product.as_ref()) {
            Some((product, place)) => {
                let title = product.title.get(locale);
                let variant = product.variant_title(&product.variants[*place], locale);
                match variant.as_str() {
                    "" => title.to_owned(),
                    variant => format!("{title} ({variant})"),
                }
            }
            None => sku.to_owned(),
        }
    }
}

/// The form's field for a pointer into the order.
fn field_of(error: FieldError) -> FieldError {
    let last = error.pointer.rsplit('/').next().unwrap_or_default();
    let field = match error.pointer.as_str() {
        "/payment/method" => "payment",
        pointer if pointer.starts_with("/lines") => "",
        _ => CheckoutForm::default()
            .fields()
            .into_iter()
            .map(|(name, _)| name)
            .find(|name| *name == last)
            .unwrap_or_default(),
    };
    FieldError {
        pointer: field.to_owned(),
        detail: error.detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_find_their_fields() {
        let cases = [
            ("/customer/email", "email"),
            ("/shipping_address/line1", "line1"),
            ("/payment/method", "payment"),
            ("/lines/0/quantity", ""),
            ("/note", "note"),
            ("/pickup_point", "pickup_point"),
        ];
        for (pointer, field) in cases {
            let error = FieldError {
                pointer: pointer.to_owned(),
                detail: String::new(),
            };
            assert_eq!(field_of(error).pointer, field, "{pointer}");
        }
    }
}
