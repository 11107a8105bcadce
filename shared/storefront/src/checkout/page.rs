//! The page of the checkout, and the parts of it that follow what is typed. No cache stores them.
//!
//! Not here: what becomes of the form (`place`).

use http::StatusCode;
use souk_addresses::Rules;
use souk_catalogue::Market;
use souk_domain::{Locale, Money};
use souk_pages::{self as pages, paths, view};
use souk_ports::Edge;
use souk_pricing::Reason;
use souk_protocol::origin::PromotionLeftOut;
use souk_protocol::payments::PaymentMethods;
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::quotes::Quote;
use souk_shop::Shop as ShopSettings;

use crate::cart::shown::{Asking, Delivery};
use crate::catalogue::reader::Reader;
use crate::checkout::form::CheckoutForm;
use crate::checkout::payment::allow_provider;
use crate::checkout::recent_orders::Basket;
use crate::http::form;
use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Failure, Outcome, Shop};
use crate::http::signing::Signer;
use crate::pricing::place_of;
use crate::signals::Signals;

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
    /// The codes that the shopper has given.
    pub(super) codes: Vec<String>,
    /// Promotions that an order was told cannot be used.
    pub(super) without: Vec<PromotionLeftOut>,
    /// Whether the page says that the total is another one than it showed before.
    pub(super) has_other_total: bool,
}

impl Shown {
    fn value(&self, name: &str) -> &str {
        let mut values = self.values.iter();
        let found = values.find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    fn set_value(&mut self, name: &str, to: &str) {
        for (known, value) in &mut self.values {
            if *known == name {
                to.clone_into(value);
            }
        }
    }

    /// What the price depends on.
    pub(super) fn asking(&self) -> Asking {
        let [country, region, postal_code] =
            ["country", "region", "postal_code"].map(|name| self.value(name));
        let is_country = Rules::of(country).is_some();
        Asking {
            place: is_country.then(|| place_of(country, region, postal_code)),
            codes: self.codes.clone(),
            without: self.without.clone(),
            delivery: Delivery::By(self.value("delivery").to_owned()),
            at_ms: None,
        }
    }
}

/// The country that the form begins with, so that it shows what an address needs before the first
/// mistake: the shop's own, and in its further languages where most people live who read them. Where the
/// market does not deliver there, it is the first that the market names.
fn home_country<'a>(about: &'a ShopSettings, locale: Locale, market: &'a Market) -> &'a str {
    let language = about.language(locale);
    let territory = language.and_then(|language| language.open_graph.split_once('_'));
    let usual = match (locale.is_own(), about.country.as_str()) {
        (true, own) if !own.is_empty() => own,
        _ => territory.map_or("", |(_, territory)| territory),
    };
    match market.countries.first() {
        Some(first) if !market.delivers_to(usual) => first,
        Some(_) | None => usual,
    }
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
        if let Some(response) = self.turned_away(&basket.cart).await? {
            return Ok(response);
        }
        let reader = self.reader().await?;
        let form = CheckoutForm {
            country: home_country(&self.about, self.locale, reader.market()).into(),
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
        mut shown: Shown,
    ) -> Outcome {
        let key = shown.key.take().unwrap_or_else(|| self.new_key());
        let signals = self.signals().await;
        let methods = self.payment_methods(reader.currency().code()).await;
        let status = shown.status;
        let view = self.checkout_view(reader, &signals, &methods, basket, shown);
        let mut view = Box::pin(view).await?;
        view.csrf = self.form_token(&key, basket);
        view.idempotency_key = key;
        let page = pages::checkout(&self.site(reader, "/checkout", false), &view);
        let mut response = reply::html(status, CachePolicy::Private, page);
        allow_provider(&mut response, &methods);
        self.name_version(reader, Some(&signals), &mut response);
        self.set_basket(&mut response, basket);
        Ok(response)
    }

    /// `POST /checkout/quote`: the parts of the page that depend on what is typed. The origin is not
    /// asked, not even for orders that wait.
    pub(crate) async fn checkout_quote(&self) -> Outcome {
        if !self.incoming.is_same_site() {
            return Err(Failure::Forbidden);
        }
        let form: CheckoutForm = form::read(self.incoming.request.body())?;
        let basket = self.basket_as_told();
        if basket.cart.lines.is_empty() {
            let problem = Problem::new(ProblemKind::Conflict);
            return Err(problem.detail("the cart is empty").into());
        }
        let reader = self.reader().await?;
        let signals = self.signals().await;
        let methods = self.payment_methods(reader.currency().code()).await;
        let shown = self.shown_again(&form);
        let view = self.checkout_view(&reader, &signals, &methods, &basket, shown);
        let view = Box::pin(view).await?;
        let parts = pages::checkout_parts(&self.site(&reader, "/checkout", false), &view);
        Ok(reply::html(StatusCode::OK, CachePolicy::Private, parts))
    }

    /// The form again, with what was typed.
    pub(super) fn shown_again(&self, form: &CheckoutForm) -> Shown {
        let signed = self.open_quote(&form.quote);
        Shown {
            values: values(form),
            codes: form.codes(),
            without: signed.map_or_else(Vec::new, |signed| signed.without),
            ..Shown::default()
        }
    }

    /// What the page shows; without what proves that the form was made here.
    async fn checkout_view(
        &self,
        reader: &Reader<'_, E>,
        signals: &Signals,
        methods: &PaymentMethods,
        basket: &Basket,
        mut shown: Shown,
    ) -> Result<view::CheckoutView, Failure> {
        let cart = self.cart_view(reader, signals, basket, shown.asking());
        let cart = Box::pin(cart).await?;
        let (priced, quote) = (cart.priced.as_ref(), cart.view.quote.as_ref());
        let cards = takes_card(methods, quote);
        let offered = self.offered(cards).await;
        if !offered.has(shown.value("payment")) {
            shown.set_value("payment", offered.first());
        }
        let delivery = priced.and_then(|priced| priced.inputs.delivery.clone());
        if let Some(delivery) = &delivery {
            shown.set_value("delivery", delivery);
        }
        let total = quote.map_or(0, |quote| quote.total);
        let notice = match (shown.has_other_total, cart.is_too_dear) {
            (_, true) => Some(view::Notice::TooDear {
                allowed_minor: Money::AMOUNT_MAX,
            }),
            (true, false) => Some(view::Notice::TotalChanged { total_minor: total }),
            (false, false) => None,
        };
        let codes = shown.codes.into_iter();
        Ok(view::CheckoutView {
            cards,
            form: view::FormState {
                values: shown.values,
                errors: shown.errors,
            },
            csrf: String::new(),
            idempotency_key: String::new(),
            delivery,
            quote: priced.map_or_else(String::new, |priced| self.sign_quote(priced)),
            codes: codes.map(|text| given_code(text, quote)).collect(),
            notice: shown.notice.or(notice),
            cart: cart.view,
        })
    }

    /// Binds a form to the key inside it, to the browser that has the cart, the market, and to a time.
    fn form_token(&self, key: &str, basket: &Basket) -> String {
        let now = self.edge.now_ms();
        self.form_signer()
            .sign(format!("{now} {key} {}", self.cart_of(basket)).as_bytes())
    }

    /// Names the cart of this browser in this market.
    fn cart_of(&self, basket: &Basket) -> String {
        let browser = basket.browser();
        match self.locale.market() {
            0 => browser,
            further => format!("{further} {browser}"),
        }
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
        let (time, key, cart) = (parts.next(), parts.next(), parts.next());
        let time = time.and_then(|time| time.parse::<i64>().ok());
        let key = key.filter(|key| *key == &*form.idempotency_key);
        let (Some(time), Some(key)) = (time, key) else {
            return Err(Failure::Forbidden);
        };
        let key = key.to_owned();
        // One that is dated so far ahead was made by a clock that was wrong.
        let is_young = self.edge.now_ms().abs_diff(time) <= FORM_AGE_MS_MAX;
        let is_of_cart = cart == Some(self.cart_of(basket).as_str());
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
fn takes_card(methods: &PaymentMethods, quote: Option<&Quote>) -> bool {
    let Some(quote) = quote else {
        return methods.card;
    };
    let options = quote.delivery_options.iter();
    let dearest = options.map(|option| option.price).max().unwrap_or(0);
    let most = quote
        .total
        .saturating_sub(quote.shipping)
        .saturating_add(dearest);
    methods.card && (quote.total == 0 || quote.total.max(most) >= methods.card_min)
}

/// A code with what it does.
fn given_code(text: String, quote: Option<&Quote>) -> view::GivenCode {
    let is = |code: &Option<String>| code.as_ref() == Some(&text);
    let mut adjustments = quote.iter().flat_map(|quote| &quote.adjustments);
    let mut not_applied = quote.iter().flat_map(|quote| &quote.not_applied);
    let reason = match adjustments.any(|one| is(&one.code)) {
        true => None,
        false => {
            let found = not_applied.find(|one| is(&one.code));
            Some(
                found
                    .map_or(Reason::NotEligible.name(), |one| &one.reason)
                    .to_owned(),
            )
        }
    };
    view::GivenCode { text, reason }
}

/// What is filled in, to be shown again.
pub(super) fn values(form: &CheckoutForm) -> Vec<(&'static str, String)> {
    let fields = form.fields().into_iter();
    fields
        .map(|(name, value)| (name, value.to_string()))
        .collect()
}
