//! What becomes of the form of the checkout: an order, or the form again with what was typed.
//!
//! A form that was sent before is answered with its order, by its key, before the cart is looked at.
//! One that is too old, or was opened for another cart, is shown again with the cart as it is. So
//! Back, a second tab and a second click lead to the order or to the form.

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_domain::{Currency, Limit, Locale};
use souk_order_token::token_of;
use souk_pages::{paths, view};
use souk_ports::Edge;
use souk_protocol::origin::{PaymentMethod, Status, StoredOrder, SubmitReply};
use souk_protocol::problem::FieldError;
use souk_protocol::public::{Address, Customer, Money, OrderRequest, OrderRequestLine, Payment};
use souk_protocol::shards::CLOSED_RETRY_AFTER_S;

use crate::catalogue::reader::Reader;
use crate::checkout::form::CheckoutForm;
use crate::checkout::page::{Proof, Shown, values};
use crate::checkout::payment::{NoPage, to_provider};
use crate::checkout::recent_orders::{Basket, Waiting};
use crate::http::form::{self, Field};
use crate::http::reply;
use crate::http::shop::{Failure, Outcome, Shop, retry_after};
use crate::orders::request as order_request;

/// A form with the browser that has sent it.
struct Sent {
    form: CheckoutForm,
    /// The key of its order.
    key: String,
    basket: Basket,
    cart: view::CartView,
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
        let availability = self.availability().await;
        let cart = self.cart_view(&reader, &availability, &basket).await?;
        let is_gone = |line: &view::CartLine| line.product.is_none();
        let gone = cart.lines.iter().any(is_gone);
        let notice = notice.or(gone.then_some(view::Notice::Gone { title: None }));
        let sent = Sent {
            form,
            key,
            basket,
            cart,
        };
        match notice {
            Some(notice) => {
                let shown = Shown {
                    key: Some(sent.key.clone()),
                    ..sent.again(StatusCode::CONFLICT, Some(notice))
                };
                Box::pin(self.checkout_page(&reader, &sent.basket, shown)).await
            }
            // Boxed: what it takes to place an order makes a large future.
            None => Box::pin(self.place(&reader, sent)).await,
        }
    }

    async fn place(&self, reader: &Reader<'_, E>, sent: Sent) -> Outcome {
        let language = self.about.tag(self.locale);
        let request = sent.order_request(reader.currency(), language);
        let show = |shown: Shown| Box::pin(self.checkout_page(reader, &sent.basket, shown));
        let same_key = || Some(sent.key.clone());
        let cards = self.card_terms(&request).await?;
        let offered = self.offered(cards.taken).await;
        let names = self.order_names(format!("form-{}", sent.key));
        let mut submit = match order_request::check_form(&request, names, &offered) {
            Ok(submit) => submit,
            Err(errors) => {
                return show(Shown {
                    errors: errors.into_iter().map(field_of).collect(),
                    key: same_key(),
                    ..sent.again(StatusCode::UNPROCESSABLE_ENTITY, None)
                })
                .await;
            }
        };
        submit.payment_min = cards.min;
        let reply = match Box::pin(self.submit(submit)).await {
            Ok(reply) => reply,
            // The outcome is unknown: sending the same form again, with the same key, settles it.
            Err(Failure::OutcomeUnknown(text)) => {
                self.log_failure("not answered", &text);
                let notice = Some(view::Notice::Unknown);
                return show(Shown {
                    key: same_key(),
                    ..sent.again(StatusCode::SERVICE_UNAVAILABLE, notice)
                })
                .await;
            }
            Err(busy @ (Failure::Busy { .. } | Failure::Closed)) => {
                let notice = Some(view::Notice::Busy);
                let mut page = show(Shown {
                    key: same_key(),
                    ..sent.again(StatusCode::SERVICE_UNAVAILABLE, notice)
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
            refusal => {
                let notice = self.notice_of(&sent, refusal);
                show(sent.again(StatusCode::CONFLICT, Some(notice))).await
            }
        }
    }

    /// What the page says about an order that was not placed.
    fn notice_of(&self, sent: &Sent, refusal: SubmitReply) -> view::Notice {
        let title = |sku: &str| sent.line_title(self.locale, sku);
        match refusal {
            SubmitReply::ExistsWithDifferentContent => view::Notice::FormUsed,
            SubmitReply::TermsChanged
            | SubmitReply::QuoteChanged { .. }
            | SubmitReply::PromotionUnavailable { .. }
            | SubmitReply::DeliveryUnavailable => view::Notice::TermsChanged,
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

/// What the page says about an order that a limit does not allow.
fn limit_notice(limit: &str, title: Option<String>, allowed: i64) -> view::Notice {
    let known = Limit::ALL.into_iter().find(|known| known.name() == limit);
    match known {
        Some(Limit::UnitsPerLine | Limit::UnitsPerOrder) => {
            view::Notice::TooMany { title, allowed }
        }
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
    /// The form again, with what was typed.
    fn again(&self, status: StatusCode, notice: Option<view::Notice>) -> Shown {
        Shown {
            status,
            values: values(&self.form),
            notice,
            ..Shown::default()
        }
    }

    fn order_request(&self, currency: Currency, language: &str) -> OrderRequest {
        let form = &self.form;
        let seen: Vec<(String, i64)> = form_urlencoded::parse(form.seen.as_bytes())
            .filter_map(|(sku, price)| Some((sku.into_owned(), price.parse().ok()?)))
            .collect();
        let text = |field: &Field| field.to_string();
        let lines = self.cart.lines.iter();
        OrderRequest {
            lines: lines
                .map(|line| OrderRequestLine {
                    sku: line.sku.clone(),
                    quantity: i64::from(line.quantity),
                    unit_price: seen
                        .iter()
                        .find(|(sku, _)| *sku == line.sku)
                        .map(|(_, price)| Money {
                            amount: *price,
                            currency: currency.code().to_owned(),
                        }),
                })
                .collect(),
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
            payment: Payment {
                method: text(&form.payment),
            },
            language: Some(language.to_owned()),
            note: Some(text(&form.note)).filter(|note| !note.is_empty()),
        }
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
