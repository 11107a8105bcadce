//! The page of the checkout, and the form that places an order. No cache stores it.

use bytes::Bytes;
use http::{Response, StatusCode};
use souk_domain::Limit;
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;
use souk_protocol::origin::{PaymentMethod, StoredOrder, SubmitReply};
use souk_protocol::problem::FieldError;
use souk_protocol::public::{Address, Customer, Money, OrderRequest, OrderRequestLine, Payment};
use souk_protocol::shards::CLOSED_RETRY_AFTER_S;

use crate::cart::cookie::{self as cart_cookie, Cart};
use crate::catalogue::reader::Reader;
use crate::checkout::form::CheckoutForm;
use crate::checkout::payment::{NoPage, allow_provider, to_provider};
use crate::http::form::{self, Field};
use crate::http::reply::{self, CachePolicy};
use crate::http::request::cookie;
use crate::http::shop::{Failure, Outcome, Shop, retry_after};
use crate::http::signing::Signer;
use crate::orders::request as order_request;

/// What a checkout form shows beside the cart.
#[derive(Default)]
struct Shown {
    status: StatusCode,
    /// What is filled in, by field.
    values: Vec<(&'static str, String)>,
    /// What is wrong, by field.
    errors: Vec<FieldError>,
    notice: Option<view::Notice>,
    /// The key of the order, where the form is to send the same one again.
    key: Option<String>,
}

/// What the page says about an order that exceeds a limit.
fn limit_notice(limit: &str, title: Option<String>, allowed: i64) -> view::Notice {
    let known = Limit::ALL.into_iter().find(|known| known.name() == limit);
    match known {
        Some(Limit::UnitsPerLine | Limit::UnitsPerOrder) => {
            view::Notice::TooMany { title, allowed }
        }
        Some(Limit::OrderTotal) => view::Notice::TooDear {
            allowed_minor: allowed,
        },
        Some(
            Limit::UnpaidUnitsPerBuyer | Limit::UnpaidUnitsPerClient | Limit::UnpaidPercentPerSku,
        )
        | None => view::Notice::TooManyUnpaid { title },
    }
}

/// How long a checkout form is good for.
const FORM_AGE_MS_MAX: u64 = 24 * 60 * 60 * 1000;

impl<E: Edge> Shop<'_, E> {
    fn form_signer(&self) -> Signer {
        Signer::new(&self.settings.session_secrets, "souk 2026 checkout form")
    }

    pub(crate) async fn checkout(&self) -> Outcome {
        let cart = self.read_cart();
        if cart.lines.is_empty() {
            return Ok(reply::see_other(&self.local("/cart")));
        }
        let reader = self.reader().await?;
        let offered = self.offered(self.payment_methods().await.card).await;
        let first = offered.0.first().copied();
        let form = CheckoutForm {
            delivery: "standard".into(),
            payment: first.map_or("", order_request::name_of).into(),
            ..CheckoutForm::default()
        };
        let shown = Shown {
            values: values(&form),
            ..Shown::default()
        };
        self.checkout_page(&reader, &cart, shown).await
    }

    async fn checkout_page(&self, reader: &Reader<'_, E>, cart: &Cart, shown: Shown) -> Outcome {
        let key = shown.key.unwrap_or_else(|| {
            self.edge
                .random_bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        });
        let methods = self.payment_methods().await;
        let view = view::CheckoutView {
            cards: methods.card,
            cart: self.cart_view(reader, cart).await?,
            form: view::FormState {
                values: shown.values,
                errors: shown.errors,
            },
            csrf: self.form_token(&key),
            idempotency_key: key,
            express_fee_minor: self.settings.express_fee_minor,
            notice: shown.notice,
        };
        let page = pages::checkout(&self.site(reader, "/checkout", false), &view);
        let mut response = reply::html(shown.status, CachePolicy::Private, page);
        allow_provider(&mut response, &methods);
        self.name_version(&reader.version, &mut response);
        Ok(response)
    }

    /// Binds a form to the key inside it, to the browser that has the cart, and to a time.
    fn form_token(&self, key: &str) -> String {
        let now = self.edge.now_ms();
        self.form_signer()
            .sign(format!("{now} {key} {}", self.browser()).as_bytes())
    }

    fn check_form(&self, form: &CheckoutForm) -> Result<String, Failure> {
        let signed = self
            .form_signer()
            .open(&form.csrf)
            .ok_or(Failure::Forbidden)?;
        let signed = String::from_utf8(signed).map_err(|_| Failure::Forbidden)?;
        let mut parts = signed.splitn(3, ' ');
        let time: i64 = parts
            .next()
            .and_then(|t| t.parse().ok())
            .ok_or(Failure::Forbidden)?;
        // One that is dated so far ahead was made by a clock that was wrong.
        let fresh = self.edge.now_ms().abs_diff(time) <= FORM_AGE_MS_MAX;
        let key = parts.next().ok_or(Failure::Forbidden)?;
        let browser = parts.next() == Some(self.browser().as_str());
        let same = key == &*form.idempotency_key;
        (fresh && browser && same)
            .then(|| key.to_owned())
            .ok_or(Failure::Forbidden)
    }

    /// What tells this browser from others: the hash of its cart cookie.
    fn browser(&self) -> String {
        let name = cart_cookie::name(self.incoming.secure_cookies);
        let cookie = cookie(self.incoming.request.headers(), name);
        blake3::hash(cookie.unwrap_or_default().as_bytes()).to_hex()[..16].to_owned()
    }

    /// `POST /checkout`.
    pub(crate) async fn place_order(&self) -> Outcome {
        if !self.incoming.is_same_site() {
            return Err(Failure::Forbidden);
        }
        let form: CheckoutForm = form::read(self.incoming.request.body())?;
        let cart = self.read_cart();
        if cart.lines.is_empty() {
            return Ok(reply::see_other(&self.local("/cart")));
        }
        let key = self.check_form(&form)?;
        let reader = self.reader().await?;
        let request = self.order_request(&reader, &form, &cart);
        let again = |shown: Shown| self.checkout_page(&reader, &cart, shown);
        let shown = |status| Shown {
            status,
            values: values(&form),
            ..Shown::default()
        };
        let offered = self.offered_for(&request).await?;
        let names = self.order_names(format!("form-{key}"));
        let submit = match order_request::check_form(&request, names, &offered) {
            Ok(submit) => submit,
            Err(errors) => {
                return again(Shown {
                    errors: errors.into_iter().map(field_of).collect(),
                    key: Some(key),
                    ..shown(StatusCode::UNPROCESSABLE_ENTITY)
                })
                .await;
            }
        };
        let notice = match self.submit(submit).await {
            Ok(SubmitReply::Accepted { order, .. } | SubmitReply::Exists { order }) => {
                return Ok(self.placed(&order).await);
            }
            Ok(SubmitReply::ExistsWithDifferentContent) => view::Notice::FormUsed,
            Ok(SubmitReply::TermsChanged) => view::Notice::TermsChanged,
            Ok(SubmitReply::SoldOut { sku, available, .. }) => {
                let title = self.line_title(&reader, &cart, &sku).await?;
                match available {
                    ..=0 => view::Notice::SoldOut { title },
                    1.. => view::Notice::TooFewLeft { title },
                }
            }
            Ok(SubmitReply::LimitExceeded {
                limit,
                allowed,
                sku,
            }) => {
                let title = match &sku {
                    Some(sku) => Some(self.line_title(&reader, &cart, sku).await?),
                    None => None,
                };
                limit_notice(&limit, title, allowed)
            }
            Ok(SubmitReply::PriceChanged {
                sku, unit_price, ..
            }) => view::Notice::PriceChanged {
                title: self.line_title(&reader, &cart, &sku).await?,
                unit_price_minor: unit_price,
            },
            Ok(SubmitReply::UnknownSku { sku }) => {
                let title = self.line_title(&reader, &cart, &sku).await?;
                view::Notice::Gone { title }
            }
            // The outcome is unknown: sending the same form again, with the same key, settles it.
            Err(Failure::OutcomeUnknown(text)) => {
                self.log_failure("not answered", &text);
                return again(Shown {
                    notice: Some(view::Notice::Unknown),
                    key: Some(key),
                    ..shown(StatusCode::SERVICE_UNAVAILABLE)
                })
                .await;
            }
            Err(busy @ (Failure::Busy { .. } | Failure::Closed)) => {
                let mut page = again(Shown {
                    notice: Some(view::Notice::Busy),
                    key: Some(key),
                    ..shown(StatusCode::SERVICE_UNAVAILABLE)
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
        again(Shown {
            notice: Some(notice),
            ..shown(StatusCode::CONFLICT)
        })
        .await
    }

    /// On to the page of the order with an empty cart, or first to the provider's, where the order
    /// is paid. If there is none now, the order's own page leads there.
    async fn placed(&self, order: &StoredOrder) -> Response<Bytes> {
        let (id, token) = (&order.id, &self.token_of(order));
        let page = match order.details.payment {
            PaymentMethod::Card => self.begin_payment(id, token).await,
            PaymentMethod::OnDelivery | PaymentMethod::Transfer => Ok(Err(NoPage::Off)),
        };
        let refused = matches!(&page, Ok(Err(NoPage::Refused(_))));
        let to_page = page.ok().and_then(Result::ok);
        let to_page = to_page.and_then(|url| to_provider(&url).ok());
        let mut response = to_page.unwrap_or_else(|| {
            let more = if refused { "&card=refused" } else { "" };
            let path = paths::order(id, token);
            reply::see_other(&self.local(&format!("{path}&placed=1{more}")))
        });
        self.set_cart(&mut response, &Cart::default());
        response
    }

    fn order_request(
        &self,
        reader: &Reader<'_, E>,
        form: &CheckoutForm,
        cart: &Cart,
    ) -> OrderRequest {
        let seen: Vec<(String, i64)> = form_urlencoded::parse(form.seen.as_bytes())
            .filter_map(|(sku, price)| Some((sku.into_owned(), price.parse().ok()?)))
            .collect();
        let text = |field: &Field| field.to_string();
        let currency = reader.currency();
        OrderRequest {
            lines: cart
                .lines
                .iter()
                .map(|line| OrderRequestLine {
                    sku: line.sku.clone(),
                    quantity: i64::from(line.units),
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
            note: Some(text(&form.note)).filter(|note| !note.is_empty()),
        }
    }

    async fn line_title(
        &self,
        reader: &Reader<'_, E>,
        cart: &Cart,
        sku: &str,
    ) -> Result<String, Failure> {
        let view = self.cart_view(reader, cart).await?;
        let line = view.lines.into_iter().find(|line| line.sku == sku);
        Ok(match line.and_then(|line| line.product) {
            Some((product, place)) => {
                let title = product.title.get(self.locale);
                let variant = product.variant_title(&product.variants[place], self.locale);
                if variant.is_empty() {
                    title.to_owned()
                } else {
                    format!("{title} ({variant})")
                }
            }
            None => sku.to_owned(),
        })
    }
}

/// What is filled in, to be shown again.
fn values(form: &CheckoutForm) -> Vec<(&'static str, String)> {
    let fields = form.fields().into_iter();
    fields
        .map(|(name, value)| (name, value.to_string()))
        .collect()
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
