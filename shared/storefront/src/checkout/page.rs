//! The private pages: cart, checkout, order. No cache stores them.

use bytes::Bytes;
use cookie::Cookie;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use souk_domain::Sku;
use souk_protocol::problem::FieldError;
use souk_protocol::public::{Address, Customer, Money, OrderRequest, OrderRequestLine, Payment};
use souk_protocol::shards::CLOSED_RETRY_AFTER_S;
use souk_protocol::trade::{PaymentMethod, StoredOrder, SubmitReply};

use crate::cart::cookie::{COOKIE, Cart};
use crate::catalogue::reader::Reader;
use crate::checkout::form::{self, CartForm, CheckoutForm, Field};
use crate::checkout::payment::{NoPage, allow_provider, is_payable, to_provider};
use crate::http::reply::{self, CachePolicy};
use crate::http::request::cookie;
use crate::http::shop::{Failure, Outcome, Shop, retry_after};
use crate::http::signing::Signer;
use crate::orders::api;
use crate::orders::request as order_request;
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;

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

/// How long a checkout form is good for.
const FORM_AGE_MS_MAX: i64 = 24 * 60 * 60 * 1000;

impl<E: Edge> Shop<'_, E> {
    fn cart_signer(&self) -> Signer {
        Signer::new(&self.settings.session_secret, "souk 2026 cart cookie")
    }

    fn form_signer(&self) -> Signer {
        Signer::new(&self.settings.session_secret, "souk 2026 checkout form")
    }

    fn read_cart(&self) -> Cart {
        Cart::read(self.incoming.request.headers(), &self.cart_signer())
    }

    fn set_cart(&self, response: &mut Response<Bytes>, cart: &Cart) {
        let cookie = cart.cookie(&self.cart_signer(), self.incoming.secure_cookies);
        let cookie = HeaderValue::from_str(&cookie.to_string()).expect("base64 and our own ASCII");
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }

    fn local(&self, path: &str) -> String {
        format!("{}{path}", self.locale.path_prefix())
    }

    pub(crate) async fn cart(&self) -> Outcome {
        let reader = self.reader().await?;
        let view = self.cart_view(&reader, &self.read_cart()).await?;
        let page = pages::cart(&self.site(&reader, "/cart", false), &view);
        let mut response = reply::html(StatusCode::OK, CachePolicy::Private, page);
        self.name_version(&reader.version, &mut response);
        Ok(response)
    }

    /// `POST /cart`: `action` is `add`, `set` or `remove`.
    pub(crate) async fn change_cart(&self) -> Outcome {
        if !self.incoming.is_same_site() {
            return Err(Failure::Forbidden);
        }
        let form: CartForm = form::read(self.incoming.request.body())?;
        let sku =
            Sku::parse(&form.sku).map_err(|error| reply::invalid("sku", error.to_string()))?;
        let units = match &*form.quantity {
            "" => 1,
            text => text
                .parse::<u32>()
                .map_err(|_| reply::invalid("quantity", "must be a whole number from 0"))?,
        };
        let mut cart = self.read_cart();
        let slug = &form.product;
        let changed = match &*form.action {
            "add" => cart.add(&sku, slug, units),
            "set" => cart.set(&sku, slug, units),
            "remove" => cart.set(&sku, slug, 0),
            _ => return Err(reply::invalid("action", "must be add, set or remove").into()),
        };
        if changed.is_err() {
            let detail = "the cart is full: order what is in it first";
            return Err(reply::invalid("sku", detail).with_status(422).into());
        }
        let mut response = reply::see_other(&self.local("/cart"));
        self.set_cart(&mut response, &cart);
        Ok(response)
    }

    async fn cart_view(
        &self,
        reader: &Reader<'_, E>,
        cart: &Cart,
    ) -> Result<view::CartView, Failure> {
        let availability = self.availability().await;
        let mut lines = Vec::with_capacity(cart.lines.len());
        for line in &cart.lines {
            let product = match line.slug.as_str() {
                "" => None,
                slug => reader.product(slug).await?,
            };
            let product = product.and_then(|product| {
                let place = product.variants.iter().position(|v| v.sku == line.sku)?;
                Some((product, place))
            });
            let backorder = product
                .as_ref()
                .is_some_and(|(product, place)| product.variants[*place].backorder);
            lines.push(view::CartLine {
                sku: line.sku.clone(),
                quantity: line.units,
                available: product.is_some() && (backorder || availability.is_available(&line.sku)),
                product,
            });
        }
        let subtotal_minor = lines
            .iter()
            .filter_map(|line| Some(line.unit_price_minor()? * i64::from(line.quantity)))
            .sum();
        Ok(view::CartView {
            lines,
            subtotal_minor,
        })
    }

    pub(crate) async fn checkout(&self) -> Outcome {
        let cart = self.read_cart();
        if cart.lines.is_empty() {
            return Ok(reply::see_other(&self.local("/cart")));
        }
        let reader = self.reader().await?;
        let cards = self.payment_methods().await.card;
        let form = CheckoutForm {
            delivery: "standard".into(),
            payment: if cards { "card" } else { "on_delivery" }.into(),
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
            values: shown.values,
            errors: shown.errors,
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
        let fresh = self.edge.now_ms() - time <= FORM_AGE_MS_MAX;
        let key = parts.next().ok_or(Failure::Forbidden)?;
        let browser = parts.next() == Some(self.browser().as_str());
        let same = key == &*form.idempotency_key;
        (fresh && browser && same)
            .then(|| key.to_owned())
            .ok_or(Failure::Forbidden)
    }

    /// What tells this browser from others: the hash of its cart cookie.
    fn browser(&self) -> String {
        let cookie = cookie(self.incoming.request.headers(), COOKIE);
        let value = cookie.as_ref().map_or("", Cookie::value);
        blake3::hash(value.as_bytes()).to_hex()[..16].to_owned()
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
        let cards = self.takes_cards_for(&request).await?;
        let names = self.order_names(format!("form-{key}"));
        let submit = match order_request::check_form(&request, names, cards) {
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
        let notice = match self.submit(&submit).await {
            Ok(SubmitReply::Accepted { order, .. } | SubmitReply::Exists { order }) => {
                return Ok(self.placed(&order).await);
            }
            Ok(SubmitReply::ExistsWithDifferentContent) => view::Notice::FormUsed,
            Ok(SubmitReply::SoldOut { sku, available, .. }) => {
                let title = self.line_title(&reader, &cart, &sku).await?;
                view::Notice::SoldOut { title, available }
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
        let (id, token) = (&order.id, &order.token);
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
        let currency = api::currency(reader);
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

    /// `GET /orders/{id}?token=`.
    pub(crate) async fn order_page(&self, id: &str) -> Outcome {
        let token = self.incoming.parameter("token").unwrap_or_default();
        if let Some(session) = self.incoming.parameter("session") {
            self.shopper_returned(id, &token, &session).await;
            let path = paths::order(id, &token);
            return Ok(reply::see_other(&self.local(&format!("{path}&placed=1"))));
        }
        let record = self.order(id, &token).await?.ok_or(Failure::NotFound)?;
        let order = &record.order;
        let reader = self.reader().await?;
        let mut products = Vec::with_capacity(order.lines.len());
        for line in &order.lines {
            let product = match line.slug.as_deref() {
                Some(slug) => reader.product(slug).await?,
                None => None,
            };
            products.push(product.and_then(|product| {
                let place = product.variants.iter().position(|v| v.sku == line.sku)?;
                Some((product, place))
            }));
        }
        let just_placed = self.incoming.parameter("placed").is_some();
        let path = paths::order(&order.id, &order.token);
        let now_ms = self.edge.now_ms();
        let methods = match is_payable(&record, now_ms) {
            true => Some(self.payment_methods().await).filter(|methods| methods.card),
            false => None,
        };
        let view = view::OrderView {
            record,
            products,
            just_placed,
            pay_at_ms: methods.is_some().then_some(now_ms),
            card_refused: self.incoming.parameter("card").as_deref() == Some("refused"),
        };
        let page = pages::order(&self.site(&reader, &path, false), &view);
        let mut response = reply::html(StatusCode::OK, CachePolicy::Private, page);
        if let Some(methods) = &methods {
            allow_provider(&mut response, methods);
        }
        self.name_version(&reader.version, &mut response);
        let headers = response.headers_mut();
        // The address is the password.
        headers.insert(
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        );
        let robots = HeaderName::from_static("x-robots-tag");
        headers.insert(robots, HeaderValue::from_static("noindex"));
        Ok(response)
    }

    pub(crate) async fn developers(&self) -> Outcome {
        let reader = self.reader().await?;
        let availability = self.availability().await;
        let key = format!("developers {:?}", self.locale);
        self.cached(&key, &reader, &availability, async || {
            let contract = serde_json::from_slice(crate::http::plain::OPENAPI.as_bytes())
                .map_err(|error| Failure::Internal(format!("openapi.json: {error}")))?;
            let page = pages::developers(&self.site(&reader, "/developers", true), &contract);
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
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
