//! The checkout: one page, one form, and what went wrong with it.
//!
//! Not here: single fields (`fields`), what makes a value valid (the use case).

use maud::{Markup, html};
use souk_addresses::{Part, Rules};
use souk_protocol::limits::CODE_CHARS_MAX;

use crate::assets::checkout_script_path;
use crate::cart::empty;
use crate::fields::{self, FORM_FIELDS, Field};
use crate::layout::{Page, render};
use crate::recent_order::recent_order;
use crate::totals::{Totals, suspended};
use crate::view::{CheckoutView, FormState, GivenCode, Notice, Site};
use crate::words::Words;
use crate::{format, lines, links, pickup};

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
                script type="module" src=(checkout_script_path()) {}
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
        Notice::TotalChanged { total_minor } => {
            words.notice_total(&format::money(site, *total_minor))
        }
        Notice::PromotionGone => words.notice_promotion().to_owned(),
        Notice::DeliveryGone => words.notice_delivery().to_owned(),
        Notice::SaleNotOpen => words.notice_sale_not_open().to_owned(),
        Notice::SaleOver => words.notice_sale_over().to_owned(),
        Notice::SalePaused => words.sale_paused().to_owned(),
        Notice::NotYourTurn => words.notice_not_your_turn().to_owned(),
        Notice::Queue => words.notice_queue().to_owned(),
        Notice::TurnMissed => words.notice_turn_missed().to_owned(),
        Notice::OtherBuyer => words.notice_other_buyer().to_owned(),
        Notice::TicketUsed => words.notice_ticket_used().to_owned(),
        Notice::TwoSales => words.notice_two_sales().to_owned(),
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
        | Notice::SaleNotOpen
        | Notice::SaleOver
        | Notice::SalePaused
        | Notice::NotYourTurn
        | Notice::TurnMissed
        | Notice::TwoSales
        | Notice::HeldForYou { .. } => (words.notice_title(), true),
        Notice::PriceChanged { .. }
        | Notice::TotalChanged { .. }
        | Notice::PromotionGone
        | Notice::DeliveryGone
        | Notice::BelowCardMinimum { .. }
        | Notice::OtherBuyer
        | Notice::Queue
        | Notice::TicketUsed
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
            div.fields {
                p.note { (words.required_note()) }
                fieldset {
                    legend { (words.contact()) }
                    @for field in &FORM_FIELDS[..2] { (fields::field(site, &view.form, field)) }
                }
                fieldset {
                    legend { (words.address()) }
                    (fields::country(site, &view.form))
                    div #live-place { (place_note(site, view)) }
                    @for field in address_fields(&view.form) { (fields::field(site, &view.form, field)) }
                }
                div #live-delivery { (delivery(site, view)) }
                div #live-payment { (payment(site, view)) }
                (fields::note(site, &view.form))
            }
            (summary(site, view))
        }
    }
}

/// The fields of the address in the order in which people of its country write its parts; in an
/// order of their own while the country is not known.
pub(super) fn address_fields(form: &FormState) -> Vec<&'static Field> {
    let fields = FORM_FIELDS[2..].iter();
    let Some(rules) = fields::rules(form) else {
        return fields.collect();
    };
    let mut sorted: Vec<&Field> = Vec::new();
    for field in fields {
        // Behind those with the same place: two lines of a street stay as they are.
        let before = place(&rules, field.name);
        let at = sorted.partition_point(|other| place(&rules, other.name) <= before);
        sorted.insert(at, field);
    }
    sorted
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

/// That nothing is delivered to the address, where no error of a field says so.
fn place_note(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let is_said = view.form.error("country").is_some();
    let nowhere = view.cart.quote.is_some() && view.delivery.is_none();
    html! {
        @if nowhere && !is_said { p.problem { (site.words.error_no_delivery()) } }
    }
}

fn delivery(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    let quote = view.cart.quote.iter();
    let options = quote.flat_map(|quote| &quote.delivery_options);
    let costs = options.map(|option| {
        let cost = match option.price {
            0 => words.free().to_owned(),
            price => format::money(site, price),
        };
        (option, cost, days(words, option.days))
    });
    let costs: Vec<_> = costs.collect();
    let options = costs
        .iter()
        .map(|(option, cost, days)| fields::Choice {
            value: &option.id,
            title: &option.title,
            cost,
            text: days,
        })
        .collect::<Vec<_>>();
    html! {
        @if !options.is_empty() {
            (fields::radios(site, &view.form, "delivery", words.delivery(), &options))
            (pickup::choice(site, view))
        }
    }
}

/// How long a delivery takes; empty where that is not said.
fn days(words: &Words, days: Option<[u16; 2]>) -> String {
    match days {
        None => String::new(),
        Some([least, most]) if least == most => words.delivery_days(most.into()),
        Some([least, most]) => words.delivery_days_range(most.into(), &least.to_string()),
    }
}

/// Whether shoppers may pay so.
fn is_offered(site: &Site<'_>, view: &CheckoutView, method: &str) -> bool {
    let mut offered = site.shop.payment.offered.iter();
    offered.any(|known| known == method) && (method != "card" || view.cards)
}

/// How to pay; nothing to choose where nothing is left to pay.
fn payment(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    if view.is_free() {
        return html! {
            p.note { (words.nothing_to_pay()) }
            input type="hidden" name="payment" value=(view.form.value("payment"));
        };
    }
    let options = [
        ("card", words.payment_card(), words.payment_card_text()),
        (
            "on_delivery",
            words.payment_on_delivery(),
            words.payment_on_delivery_text(),
        ),
        (
            "transfer",
            words.payment_transfer(),
            words.payment_transfer_text(),
        ),
    ];
    let options = options.map(|(value, title, text)| fields::Choice {
        value,
        title,
        cost: "",
        text,
    });
    let mut options = options.to_vec();
    options.retain(|option| is_offered(site, view, option.value));
    fields::radios(site, &view.form, "payment", words.payment(), &options)
}

fn summary(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    html! {
        section.summary aria-labelledby="summary" {
            h2 #summary { (words.summary()) }
            div #live-lines { (summary_lines(site, view)) }
            (code_field(site, view))
            div #live-totals { (totals(site, view)) }
            p.hidden #live-status role="status" {}
            button.quiet name="action" value="update" formnovalidate { (words.update_total()) }
            button { (words.place_order()) }
            p {
                (words.place_order_text())
                @if is_offered(site, view, "card") { " " (words.place_order_card_text()) }
            }
        }
    }
}

fn summary_lines(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    html! {
        ul.lines.small role="list" {
            @for line in &view.cart.lines {
                @let product = line.product.as_ref();
                @let (name, options) = lines::names(site, product, words.gone());
                li {
                    (lines::thumbnail(site, product, &name))
                    div.what {
                        p { b lang=[name.lang] { (name.text) } " × " (line.quantity) }
                        @if !options.text.is_empty() { p lang=[options.lang] { (options.text) } }
                        (lines::chosen(site, line))
                        @if product.is_none() {
                            p.problem { (words.gone_line()) }
                        } @else if line.has_wrong_options {
                            p.problem { (words.line_options()) }
                        } @else if !line.available && line.is_in_recent_order {
                            p.problem { (words.line_held()) }
                        } @else if !line.available {
                            p.problem { (words.sold_out()) }
                        }
                    }
                    p.sum { (lines::sum(site, line)) }
                }
            }
        }
    }
}

/// Where a code is typed; closed until the shopper has one.
fn code_field(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    html! {
        details.code open[!view.codes.is_empty()] {
            summary { (words.code()) }
            label.hidden for="f-code" { (words.code()) }
            input #f-code name="code" maxlength=(CODE_CHARS_MAX);
            button.quiet name="action" value="update" formnovalidate { (words.apply()) }
        }
    }
}

/// The codes with what they do, and what the order costs.
fn totals(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let words = site.words;
    html! {
        input type="hidden" name="quote" value=(view.quote);
        @if !view.codes.is_empty() {
            ul.codes role="list" {
                @for code in &view.codes {
                    li {
                        input type="hidden" name="codes" value=(code.text);
                        span class=[code.reason.as_ref().map(|_| "problem")] { (about_code(words, code)) }
                        button.text name="remove" value=(code.text) formnovalidate
                            aria-label=(words.action_on(words.remove(), &code.text)) { (words.remove()) }
                    }
                }
            }
        }
        @if let Some(quote) = &view.cart.quote {
            dl { (Totals::of_quote(site, quote, view.delivery.is_some()).rows(site)) }
            (suspended(site, quote))
        }
    }
}

/// What a code does, or why it does nothing.
fn about_code(words: &Words, code: &GivenCode) -> String {
    let text = &code.text;
    match code.reason.as_deref() {
        None => words.code_applied(text),
        Some("unknown-code") => words.code_unknown(text),
        Some("not-started") => words.code_not_started(text),
        Some("ended") => words.code_ended(text),
        Some("wrong-market") => words.code_wrong_market(text),
        Some("needs-member") => words.code_needs_member(text),
        Some("minimum-not-met") => words.code_minimum(text),
        Some("not-combinable") => words.code_not_combinable(text),
        Some("used-up") => words.code_used_up(text),
        Some("already-used") => words.code_already_used(text),
        Some("revoked") => words.code_revoked(text),
        Some("suspended") => words.code_suspended(text),
        Some(_) => words.code_not_eligible(text),
    }
}

/// What the script puts into the places of the page with the same ids, as the form is filled in.
pub fn checkout_parts(site: &Site<'_>, view: &CheckoutView) -> String {
    let words = site.words;
    let quote = view.cart.quote.as_ref();
    let parts = html! {
        div #live-place { (place_note(site, view)) }
        div #live-delivery { (delivery(site, view)) }
        div #live-payment { (payment(site, view)) }
        div #live-lines { (summary_lines(site, view)) }
        div #live-totals { (totals(site, view)) }
        p #live-status {
            @for code in &view.codes { (about_code(words, code)) " " }
            @match (quote, &view.delivery) {
                (Some(quote), Some(_)) => {
                    (words.total()) (words.colon()) (format::money(site, quote.total))
                }
                (Some(_), None) => (words.error_no_delivery()),
                (None, _) => {}
            }
        }
    };
    parts.into_string()
}
