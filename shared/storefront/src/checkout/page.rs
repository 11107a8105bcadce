//! The page of the checkout. No cache stores it.
//!
//! Not here: what becomes of the form (`place`).

use http::StatusCode;
use souk_domain::Locale;
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;
use souk_protocol::payments::PaymentMethods;
use souk_protocol::problem::FieldError;
use souk_shop::Shop as ShopSettings;

use crate::catalogue::reader::Reader;
use crate::checkout::form::CheckoutForm;
use crate::checkout::payment::allow_provider;
use crate::checkout::recent_orders::Basket;
use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::http::signing::Signer;

/// What a checkout form shows beside the cart.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) status: StatusCode,
    /// What is filled in, by field.
    pub(super) values: Vec<(&'static str, String)>,
    /// What is wrong, by field.
    pub(super) errors: Vec<FieldError>,
    pub(super) notice: Option<view::Notice>,
    /// The key of the order, where the form is to send the same one again.
    pub(super) key: Option<String>,
}

/// The country that the form begins with, so that it shows what an address needs before the first
/// mistake: the shop's own, and in its further languages where most people live who read them.
fn home_country(about: &ShopSettings, locale: Locale) -> &str {
    if locale.is_own() && !about.country.is_empty() {
        return &about.country;
    }
    let language = about.language(locale);
    let territory = language.and_then(|language| language.open_graph.split_once('_'));
    territory.map_or("", |(_, territory)| territory)
}

/// How long a checkout form is good for.
const FORM_AGE_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// What a form proves about itself.
pub(super) enum Proof {
    /// It was made here a short while ago, for the cart of this browser. The key of its order.
    Fresh(String),
    /// It was made here, long ago or for another cart: it is shown again and not carried out.
    Stale {
        /// The key of its order.
        key: String,
        /// Why.
        notice: view::Notice,
    },
}

impl<E: Edge> Shop<'_, E> {
    fn form_signer(&self) -> Signer {
        Signer::new(&self.settings.session_secrets, "souk 2026 checkout form")
    }

    pub(crate) async fn checkout(&self) -> Outcome {
        let basket = self.basket().await;
        let to = match self.ordered_already(&basket) {
            Some(order) => Some(paths::order(&order.id, &order.token)),
            None if basket.cart.lines.is_empty() => Some("/cart".to_owned()),
            None => None,
        };
        if let Some(path) = to {
            let mut response = reply::see_other(&self.local(&path));
            self.set_basket(&mut response, &basket);
            return Ok(response);
        }
        let reader = self.reader().await?;
        let form = CheckoutForm {
            country: home_country(&self.about, self.locale).into(),
            delivery: "standard".into(),
            payment: "card".into(),
            ..CheckoutForm::default()
        };
        let shown = Shown {
            values: values(&form),
            ..Shown::default()
        };
        self.checkout_page(&reader, &basket, shown).await
    }

    pub(super) async fn checkout_page(
        &self,
        reader: &Reader<'_, E>,
        basket: &Basket,
        shown: Shown,
    ) -> Outcome {
        let key = shown.key.unwrap_or_else(|| {
            self.edge
                .random_bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        });
        let availability = self.availability().await;
        let methods = self.payment_methods(reader.currency().code()).await;
        let cart = self.cart_view(reader, &availability, basket).await?;
        let express_fee_minor = self.about.express_fee_minor;
        let dearest = express_fee_minor.unwrap_or_default();
        let cards = takes_card(&methods, cart.subtotal_minor, dearest);
        let offered = self.offered(cards).await;
        let mut values = shown.values;
        for (name, value) in &mut values {
            if *name == "payment" && !offered.has(value) {
                *value = offered.first().to_owned();
            }
        }
        let view = view::CheckoutView {
            cards,
            cart,
            form: view::FormState {
                values,
                errors: shown.errors,
            },
            csrf: self.form_token(&key, basket),
            idempotency_key: key,
            express_fee_minor,
            notice: shown.notice,
        };
        let page = pages::checkout(&self.site(reader, "/checkout", false), &view);
        let mut response = reply::html(shown.status, CachePolicy::Private, page);
        allow_provider(&mut response, &methods);
        self.name_version(reader, Some(&availability), &mut response);
        self.set_basket(&mut response, basket);
        Ok(response)
    }

    /// Binds a form to the key inside it, to the browser that has the cart, and to a time.
    fn form_token(&self, key: &str, basket: &Basket) -> String {
        let now = self.edge.now_ms();
        self.form_signer()
            .sign(format!("{now} {key} {}", basket.browser()).as_bytes())
    }

    /// What a form proves about itself.
    ///
    /// # Errors
    /// When it was not made here.
    pub(super) fn check_form(
        &self,
        form: &CheckoutForm,
        basket: &Basket,
    ) -> Result<Proof, Failure> {
        let signed = self.form_signer().open(&form.csrf);
        let signed = signed.and_then(|signed| String::from_utf8(signed).ok());
        let signed = signed.ok_or(Failure::Forbidden)?;
        let mut parts = signed.splitn(3, ' ');
        let (time, key, browser) = (parts.next(), parts.next(), parts.next());
        let time = time.and_then(|time| time.parse::<i64>().ok());
        let key = key.filter(|key| *key == &*form.idempotency_key);
        let (Some(time), Some(key)) = (time, key) else {
            return Err(Failure::Forbidden);
        };
        let key = key.to_owned();
        // One that is dated so far ahead was made by a clock that was wrong.
        let is_young = self.edge.now_ms().abs_diff(time) <= FORM_AGE_MS_MAX;
        let is_of_cart = browser == Some(basket.browser().as_str());
        Ok(match (is_young, is_of_cart) {
            (true, true) => Proof::Fresh(key),
            (true, false) => Proof::Stale {
                key,
                notice: view::Notice::CartChanged,
            },
            (false, _) => Proof::Stale {
                key,
                notice: view::Notice::FormOld,
            },
        })
    }
}

/// Whether a card is offered: whether it can pay the order with one of the deliveries. What costs
/// nothing needs no payment, in whichever way.
fn takes_card(methods: &PaymentMethods, subtotal_minor: i64, express_fee_minor: i64) -> bool {
    let totals = [0, express_fee_minor].map(|fee| subtotal_minor.saturating_add(fee));
    let mut totals = totals.into_iter();
    methods.card && totals.any(|total| total == 0 || total >= methods.card_min)
}

/// What is filled in, to be shown again.
pub(super) fn values(form: &CheckoutForm) -> Vec<(&'static str, String)> {
    let fields = form.fields().into_iter();
    fields
        .map(|(name, value)| (name, value.to_string()))
        .collect()
}
