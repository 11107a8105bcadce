//! The checkout: one page, one form, and what went wrong with it.
//!
//! Not here: single fields (`fields`), what makes a value valid (the use case).

use maud::{Markup, html};
use souk_addresses::{Part, Rules};

use crate::cart::empty;
use crate::fields::{self, FORM_FIELDS, Field};
use crate::layout::{Page, render};
use crate::recent_order::recent_order;
use crate::view::{CheckoutView, Notice, Site};
use crate::words::Words;
use crate::{format, lines, links};

/// The checkout.
pub fn checkout(site: &Site<'_>, view: &CheckoutView) -> String {
    let words = site.words;
    let main = html! {
        div.wrap {
            header.headline { h1 { (words.checkout()) } }
            @if let Some(order) = &view.cart.recent_order { (recent_order(site, order)) }
            // What was typed stays, although the cart was emptied meanwhile.
            @if view.cart.lines.is_empty() && view.notice.is_none() {
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
        description: Some(words.place_order_text().to_owned()),
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
        Notice::Gone { title: Some(title) } => words.notice_gone(title),
        Notice::Gone { title: None } => words.notice_gone_unnamed().to_owned(),
        Notice::HeldForYou { title } => words.notice_held_for_you(title),
        Notice::BelowCardMinimum { min_minor } => {
            words.notice_below_card_minimum(&format::money(site, *min_minor))
        }
        Notice::CartChanged => words.notice_cart_changed().to_owned(),
        Notice::FormOld => words.notice_form_old().to_owned(),
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
        | Notice::Gone { .. }
        | Notice::HeldForYou { .. } => (words.notice_title(), true),
        Notice::PriceChanged { .. }
        | Notice::BelowCardMinimum { .. }
        | Notice::CartChanged
        | Notice::TermsChanged
        | Notice::FormOld
        | Notice::Busy
        | Notice::FormUsed => (words.notice_title(), false),
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

/// The fields of the address in the order in which people of its country write its parts; in an
/// order of their own while the country is not known.
fn address_fields(view: &CheckoutView) -> Vec<&'static Field> {
    let mut fields: Vec<_> = FORM_FIELDS[2..].iter().collect();
    if let Some(rules) = fields::rules(&view.form) {
        // The sort is stable: two lines of a street stay as they are.
        fields.sort_by_key(|field| place(&rules, field.name));
    }
    fields
}

/// A number that orders fields. A city for which the country has no place stands beside the street.
fn place(rules: &Rules, field: &str) -> usize {
    let of = |part| {
        rules
            .parts()
            .position(|known| known == part)
            .map(|place| 2 * place + 1)
    };
    let street = of(Part::Street).unwrap_or_default();
    match field {
        "region" => of(Part::Region).unwrap_or(usize::MAX),
        "postal_code" => of(Part::PostalCode).unwrap_or(usize::MAX),
        "city" => of(Part::City).unwrap_or(match of(Part::Region) {
            Some(region) if region < street => street - 1,
            Some(_) | None => street + 1,
        }),
        _ => street,
    }
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
    let fee = view.express_fee_minor.map(|fee| format::money(site, fee));
    let mut options = vec![("standard", words.delivery_standard(), words.free(), "")];
    if let Some(fee) = &fee {
        options.push(("express", words.delivery_express(), fee.as_str(), ""));
    }
    fields::radios(site, &view.form, "delivery", words.delivery(), &options)
}

/// Whether shoppers may pay so.
fn is_offered(site: &Site<'_>, view: &CheckoutView, method: &str) -> bool {
    let mut offered = site.shop.payment.offered.iter();
    offered.any(|known| known == method) && (method != "card" || view.cards)
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
    let mut options = options.to_vec();
    options.retain(|(method, ..)| is_offered(site, view, method));
    fields::radios(site, &view.form, "payment", words.payment(), &options)
}

/// The lines and both totals: the stylesheet shows the one of the chosen delivery.
fn summary(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    let money = |minor| format::money(site, minor);
    let subtotal = view.cart.subtotal_minor;
    let fee = view.express_fee_minor.unwrap_or_default();
    let express = subtotal.saturating_add(fee);
    html! {
        section.summary aria-labelledby="summary" {
            h2 #summary { (words.summary()) }
            ul.lines.small role="list" {
                @for line in &view.cart.lines {
                    @let product = line.product.as_ref();
                    @let (name, options) = lines::names(site, product, words.gone());
                    li {
                        (lines::thumbnail(site, product, &name))
                        div.what {
                            p { b lang=[name.lang] { (name.text) } " × " (line.quantity) }
                            @if !options.text.is_empty() { p lang=[options.lang] { (options.text) } }
                            @if product.is_none() {
                                p.problem { (words.gone_line()) }
                            } @else if !line.available && line.is_in_recent_order {
                                p.problem { (words.line_held()) }
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
                (lines::total_row("if-express", words.shipping(), &money(fee)))
                (lines::total_row("total if-standard", words.total(), &money(subtotal)))
                (lines::total_row("total if-express", words.total(), &money(express)))
            }
            button { (words.place_order()) }
            p {
                (words.place_order_text())
                @if is_offered(site, view, "card") { " " (words.place_order_card_text()) }
            }
        }
    }
}
