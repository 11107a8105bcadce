//! The page of the cart, and the form that changes it. No cache stores it.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Deserialize;
use souk_domain::Sku;
use souk_pages::{self as pages, view};
use souk_ports::Edge;

use crate::cart::cookie::Cart;
use crate::catalogue::reader::Reader;
use crate::http::form::{self, Field};
use crate::http::reply::{self, CachePolicy};
use crate::http::request::Incoming;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::http::signing::Signer;

/// `POST /cart`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CartForm {
    /// `add`, `set` or `remove`.
    action: Field,
    sku: Field,
    /// The slug of the product.
    product: Field,
    quantity: Field,
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

    pub(crate) fn set_cart(&self, response: &mut Response<Bytes>, cart: &Cart) {
        let cookie = cart.cookie(
            &self.cart_signer(),
            self.incoming.secure_cookies,
            self.edge.now_ms(),
        );
        let cookie = HeaderValue::from_str(&cookie.to_string()).expect("base64 and our own ASCII");
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }

    pub(crate) async fn cart(&self) -> Outcome {
        let reader = self.reader().await?;
        let view = self.cart_view(&reader, &self.read_cart()).await?;
        let page = pages::cart(&self.site(&reader, "/cart", false), &view);
        let mut response = reply::html(StatusCode::OK, CachePolicy::Private, page);
        self.name_version(&reader, None, &mut response);
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

    /// What the page shows of a cart.
    pub(crate) async fn cart_view(
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
}
