//! The checkout: one page, one form, and what went wrong with it.
//!
//! Not here: single fields (`fields`), what makes a value valid (the use case).

use maud::{Markup, html};

use crate::cart::empty;
use crate::fields::{self, FORM_FIELDS, Field};
use crate::layout::{Page, render};
use crate::view::{CheckoutView, Notice, Site};
use crate::words::Words;
use crate::{countries, format, lines, links};

/// The checkout.
pub fn checkout(site: &Site<'_>, view: &CheckoutView) -> String {
    let words = site.words;
    let main = html! {
        div.wrap {
            header.headline { h1 { (words.checkout()) } }
            @if view.cart.lines.is_empty() {
                (empty(site))
            } @else {
                (steps(words, 1))
                @if let Some(notice) = &view.notice { (notice_box(site, notice)) }
                (error_summary(site, view))
                (form(site, view))
            }
        }
    };
    let title = if view.form.errors.is_empty() {
        words.checkout().to_owned()
    } else {
        words.action_on(words.error_prefix(), words.checkout())
    };
    let page = Page {
        title,
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// How far the shopper has come.
pub(super) fn steps(words: &Words, current: usize) -> Markup {
    let names = [words.cart(), words.step_details(), words.step_done()];
    html! {
        nav.steps aria-label=(words.steps()) {
            ol {
                @for (place, name) in names.into_iter().enumerate() {
                    li aria-current=[(place == current).then_some("step")]
                        class=[(place < current).then_some("past")] { (name) }
                }
            }
        }
    }
}

fn notice_box(site: &Site<'_>, notice: &Notice) -> Markup {
    let words = site.words;
    let text = match notice {
        Notice::SoldOut { title } => words.notice_sold_out(title),
        Notice::TooFewLeft { title } => words.notice_too_few_left(title),
        Notice::TooMany { title, allowed } => {
            let allowed = u64::try_from(*allowed).unwrap_or_default();
            match title {
                Some(title) => words.notice_too_many_of(allowed, title),
                None => words.notice_too_many(allowed),
            }
        }
        Notice::TooDear { allowed_minor } => {
            words.notice_too_dear(&format::money(site, *allowed_minor))
        }
        Notice::TooManyUnpaid { title: Some(title) } => words.notice_too_many_unpaid_of(title),
        Notice::TooManyUnpaid { title: None } => words.notice_too_many_unpaid().to_owned(),
        Notice::PriceChanged {
            title,
            unit_price_minor,
        } => words.notice_price(title, &format::money(site, *unit_price_minor)),
        Notice::Gone { title } => words.notice_gone(title),
        Notice::Unknown => words.notice_unknown().to_owned(),
        Notice::Busy => words.notice_busy().to_owned(),
        Notice::FormUsed => words.notice_form_used().to_owned(),
        Notice::TermsChanged => words.notice_terms().to_owned(),
    };
    let (title, to_cart) = match notice {
        Notice::SoldOut { .. }
        | Notice::TooFewLeft { .. }
        | Notice::TooMany { .. }
        | Notice::TooDear { .. }
        | Notice::TooManyUnpaid { .. }
        | Notice::Gone { .. } => (words.notice_title(), true),
        Notice::PriceChanged { .. } | Notice::TermsChanged | Notice::Busy | Notice::FormUsed => {
            (words.notice_title(), false)
        }
        Notice::Unknown => (words.notice_unknown_title(), false),
    };
    html! {
        div.alert role="alert" {
            h2 { (title) }
            p { (text) }
            @if to_cart {
                p { a href=(links::page(site.locale, "/cart")) { (words.to_cart()) } }
            }
        }
    }
}

/// What is wrong, each with a link to its field.
fn error_summary(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    html! {
        @if !view.form.errors.is_empty() {
            div.alert role="alert" aria-labelledby="errors" {
                h2 #errors { (words.errors_title()) }
                ul {
                    @for error in &view.form.errors {
                        li {
                            @let text = fields::explain(site, &view.form, error);
                            @match fields::anchor(&error.pointer) {
                                Some(id) => a href={ "#" (id) } { (text) },
                                None => (text),
                            }
                        }
                    }
                }
            }
        }
    }
}

fn form(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    html! {
        form.split.checkout method="post" action=(links::page(site.locale, "/checkout")) {
            input type="hidden" name="csrf" value=(view.csrf);
            input type="hidden" name="idempotency_key" value=(view.idempotency_key);
            input type="hidden" name="seen" value=(seen(view));
            div.fields {
                p.note { (words.required_note()) }
                fieldset {
                    legend { (words.contact()) }
                    @for field in &FORM_FIELDS[..2] { (fields::field(site, &view.form, field)) }
                }
                fieldset {
                    legend { (words.address()) }
                    (fields::country(site, &view.form))
                    @for field in address_fields(view) { (fields::field(site, &view.form, field)) }
                }
                (delivery(site, view))
                (payment(site, view))
                (fields::note(site, &view.form))
            }
            (summary(site, view))
        }
    }
}

/// The street before the city, or after it where people write it that way. The region comes right
/// after the country.
fn address_fields(view: &CheckoutView) -> Vec<&'static Field> {
    let mut fields: Vec<_> = FORM_FIELDS[2..].iter().collect();
    if countries::largest_first(view.form.value("country")) {
        let is_street = |field: &&Field| matches!(field.name, "line1" | "line2");
        // The sort is stable: whatever is no part of the street moves up as it stands.
        fields.sort_by_key(is_street);
    }
    fields
}

/// The prices that the shopper sees, so that the server can tell if one has changed.
fn seen(view: &CheckoutView) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for line in &view.cart.lines {
        if let Some(price) = line.unit_price_minor() {
            pairs.append_pair(&line.sku, &price.to_string());
        }
    }
    pairs.finish()
}

fn delivery(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    let fee = format::money(site, view.express_fee_minor);
    let options = [
        ("standard", words.delivery_standard(), words.free(), ""),
        ("express", words.delivery_express(), fee.as_str(), ""),
    ];
    fields::radios(site, &view.form, "delivery", words.delivery(), &options)
}

fn payment(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    let options = [
        ("card", words.payment_card(), "", words.payment_card_text()),
        (
            "on_delivery",
            words.payment_on_delivery(),
            "",
            words.payment_on_delivery_text(),
        ),
        (
            "transfer",
            words.payment_transfer(),
            "",
            words.payment_transfer_text(),
        ),
    ];
    let is_offered = |method: &str| {
        let mut offered = site.shop.payment.offered.iter();
        offered.any(|known| known == method) && (method != "card" || view.cards)
    };
    let mut options = options.to_vec();
    options.retain(|(method, ..)| is_offered(method));
    fields::radios(site, &view.form, "payment", words.payment(), &options)
}

/// The lines and both totals: the stylesheet shows the one of the chosen delivery.
fn summary(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    let money = |minor| format::money(site, minor);
    let subtotal = view.cart.subtotal_minor;
    let express = subtotal.saturating_add(view.express_fee_minor);
    html! {
        section.summary aria-labelledby="summary" {
            h2 #summary { (words.summary()) }
            ul.lines.small role="list" {
                @for line in &view.cart.lines {
                    @let product = line.product.as_ref();
                    @let (name, options) = lines::names(site, product, &line.sku);
                    li {
                        (lines::thumbnail(site, product, &name))
                        div.what {
                            p { b lang=[name.lang] { (name.text) } " × " (line.quantity) }
                            @if !options.text.is_empty() { p lang=[options.lang] { (options.text) } }
                            @if product.is_none() {
                                p.problem { (words.gone()) }
                            } @else if !line.available {
                                p.problem { (words.sold_out()) }
                            }
                        }
                        p.sum { @if let Some(sum) = lines::sum(site, line) { (sum) } }
                    }
                }
            }
            dl {
                (lines::total_row("", words.subtotal(), &money(subtotal)))
                (lines::total_row("if-standard", words.shipping(), words.free()))
                (lines::total_row("if-express", words.shipping(), &money(view.express_fee_minor)))
                (lines::total_row("total if-standard", words.total(), &money(subtotal)))
                (lines::total_row("total if-express", words.total(), &money(express)))
            }
            button { (words.place_order()) }
            p { (words.place_order_text()) }
        }
    }
}
