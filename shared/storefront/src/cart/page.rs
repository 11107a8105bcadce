//! The page of the cart, and the form that changes it. No cache stores it.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde::Deserialize;
use souk_domain::{Sku, Slug};
use souk_pages as pages;
use souk_pages::view::{OPTION_FLAG, OPTION_TEXT};
use souk_ports::Edge;
use souk_protocol::options::{GivenOption, GivenOptions};
use souk_protocol::problem::{Problem, ProblemKind};

use crate::cart::cookie::{self, CART_LINES_MAX, Cart, CartFull};
use crate::cart::line::LineKey;
use crate::cart::shown::Asking;
use crate::catalogue::browse::Typed;
use crate::checkout::recent_orders::Basket;
use crate::http::form::{self, Field};
use crate::http::freshness;
use crate::http::reply::{self, CachePolicy};
use crate::http::request::{Incoming, wants_html};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::http::signing::Signer;
use crate::insights::{Choice, LINES_BESIDE};

/// `POST /cart`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CartForm {
    /// `add`, `set` or `remove`.
    action: Field,
    /// The line to change, in the place of its SKU and product.
    line: Field,
    sku: Field,
    /// The slug of the product.
    product: Field,
    quantity: Field,
    /// Whether the form has fields for options, which may all be empty.
    options: Field,
}

impl<E: Edge> Shop<'_, E> {
    fn cart_signer(&self) -> Signer {
        Signer::new(&self.settings.session_secrets, "souk 2026 cart cookie")
    }

    pub(crate) fn read_cart(&self) -> Cart {
        let Incoming {
            request,
            secure_cookies,
            ..
        } = &self.incoming;
        let now_ms = self.edge.now_ms();
        Cart::read(
            request.headers(),
            &self.cart_signer(),
            *secure_cookies,
            now_ms,
        )
    }

    /// The value of the cookie that keeps a cart.
    pub(crate) fn signed_cart(&self, cart: &Cart) -> String {
        cart.signed(&self.cart_signer(), self.edge.now_ms())
    }

    pub(crate) fn set_cart(&self, response: &mut Response<Bytes>, cart: &Cart) {
        let name = cookie::name(self.incoming.secure_cookies);
        self.set_cookie(response, name, self.signed_cart(cart));
    }

    /// Sets a cookie that is kept as long as a cart; an empty value removes it.
    pub(crate) fn set_cookie(
        &self,
        response: &mut Response<Bytes>,
        name: &'static str,
        value: String,
    ) {
        let cookie = cookie::kept(name, value, self.incoming.secure_cookies);
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie.header());
    }

    pub(crate) async fn cart(&self) -> Outcome {
        let basket = self.basket().await;
        self.cart_page(&basket, StatusCode::OK).await
    }

    /// The page of a cart. Whatever is no success says that the cart is full.
    async fn cart_page(&self, basket: &Basket, status: StatusCode) -> Outcome {
        let reader = self.reader().await?;
        let signals = self.signals().await;
        let insights = self.insights().await;
        let asking = Asking::default();
        let shown = self.cart_view(&reader, &signals, basket, asking);
        let mut view = Box::pin(shown).await?.view;
        view.is_full = !status.is_success();
        let choice = Choice {
            shop: self,
            reader: &reader,
            signals: &signals,
            insights: &insights,
            locale: self.locale,
            count: LINES_BESIDE,
        };
        let products = view.lines.iter().filter_map(|line| line.product.as_ref());
        let slugs: Vec<&str> = products.map(|(product, _)| product.slug.as_str()).collect();
        view.beside = Box::pin(choice.beside(&slugs)).await?;
        let page = pages::cart(&self.site(&reader, "/cart", false), &view);
        let mut response = reply::html(status, CachePolicy::Private, page);
        self.name_version(&reader, Some(&signals), &mut response);
        freshness::name_insights(response.headers_mut(), Some(insights.number));
        self.set_basket(&mut response, basket);
        Ok(response)
    }

    /// `POST /cart`: `action` is `add`, `set` or `remove`.
    pub(crate) async fn change_cart(&self) -> Outcome {
        if !self.incoming.is_same_site() {
            return Err(Failure::Forbidden);
        }
        let form: CartForm = form::read(self.incoming.request.body())?;
        let mut cart = self.read_cart();
        let key = line_of(&form, &cart)?;
        let given = given_options(self.incoming.request.body());
        let units = match &*form.quantity {
            "" => 1,
            text => text
                .parse::<u32>()
                .map_err(|_| reply::invalid("quantity", "must be a whole number from 0"))?,
        };
        let changed = match &*form.action {
            "add" => {
                if let Some(page) = Box::pin(self.wrong_options(&form, &given)).await? {
                    return Ok(page);
                }
                cart.add(key, &given, units)
            }
            "set" => cart.set(key, units),
            "remove" => cart.set(key, 0),
            _ => return Err(reply::invalid("action", "must be add, set or remove").into()),
        };
        if let Err(CartFull) = changed {
            return self.cart_is_full().await;
        }
        let mut response = reply::see_other(&self.local("/cart"));
        self.set_cart(&mut response, &cart);
        Ok(response)
    }

    /// The page of the product once more, where something is wrong with the options that were chosen on
    /// it; for a program that reads no pages the problem. What is no longer sold the cart says.
    async fn wrong_options(
        &self,
        form: &CartForm,
        given: &GivenOptions,
    ) -> Result<Option<Response<Bytes>>, Failure> {
        if form.options.is_empty() && given.is_empty() {
            return Ok(None);
        }
        let reader = self.reader().await?;
        let Some(product) = reader.product(&form.product).await? else {
            return Ok(None);
        };
        let mut variants = product.variants.iter();
        let Some(variant) = variants.find(|variant| variant.sku == *form.sku) else {
            return Ok(None);
        };
        let terms = reader.terms().await?;
        let facts = terms.facts(&product, variant);
        let Err(errors) = terms.choose(&terms.market(reader.market).id, &facts, given) else {
            return Ok(None);
        };
        if wants_html(self.incoming.request.headers()) {
            let given = given.clone();
            let typed = Typed { given, errors };
            return self
                .product_again(reader, &product.slug, &variant.sku, typed)
                .await
                .map(Some);
        }
        let mut problem = Problem::new(ProblemKind::InvalidRequest);
        problem.errors = errors;
        Err(problem.into())
    }

    /// On the page of the cart, for those who see one.
    pub(crate) async fn cart_is_full(&self) -> Outcome {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        if wants_html(self.incoming.request.headers()) {
            return self.cart_page(&self.basket().await, status).await;
        }
        let detail =
            format!("the cart is full: it holds {CART_LINES_MAX} lines; order what is in it first");
        let problem = reply::invalid("sku", detail.clone()).detail(detail);
        Err(problem.with_status(status.as_u16()).into())
    }
}

/// What the form says of options: fields with their names that are not empty.
fn given_options(body: &[u8]) -> GivenOptions {
    let fields = form_urlencoded::parse(body);
    let given = fields.filter_map(|(name, value)| {
        let text = value.trim();
        let (id, said) = match (
            name.strip_prefix(OPTION_TEXT),
            name.strip_prefix(OPTION_FLAG),
        ) {
            (Some(id), _) => (id, GivenOption::Text(text.to_owned())),
            (None, Some(id)) => (id, GivenOption::Yes),
            (None, None) => return None,
        };
        (!text.is_empty()).then(|| (id.to_owned(), said))
    });
    given.collect()
}

/// The line that a form is about: by the name that the page has for it, or by its SKU.
fn line_of(form: &CartForm, cart: &Cart) -> Result<LineKey, Failure> {
    if !form.line.is_empty() {
        let named = LineKey::parse(&form.line);
        return named.ok_or_else(|| reply::invalid("line", "is not the name of a line").into());
    }
    let sku = Sku::parse(&form.sku).map_err(|error| reply::invalid("sku", error.to_string()))?;
    // A product that no catalogue has is one that is no longer sold.
    let product = Slug::parse(&form.product).ok();
    Ok(cart.key(&sku, product.as_ref()))
}
