//! What a buyer can change of an order until it is packed, as plain forms, and why a change was not
//! made.

use maud::{Markup, html};
use souk_protocol::origin::{Status, StoredOrder};

use crate::checkout::address_fields;
use crate::view::{FormState, OrderView, Site};
use crate::{fields, lines, links, paths};

/// That the order was changed, or was not.
pub(super) fn outcome(site: &Site<'_>, view: &OrderView) -> Markup {
    let words = site.words;
    let Some(refused) = &view.refused else {
        return html! {
            @if view.was_changed { p.transfer role="status" { (words.changed()) } }
        };
    };
    let text = match &refused.address {
        _ if !is_editable(view) => words.change_too_late(),
        Some(address) if address.errors.is_empty() => words.change_place(),
        Some(_) | None => words.change_invalid(),
    };
    html! { div.alert role="alert" { h2 { (words.change_refused()) } p { (text) } } }
}

/// The forms, as long as the order can be changed.
pub(super) fn forms(site: &Site<'_>, view: &OrderView) -> Markup {
    let words = site.words;
    let order = &view.record.order;
    let address = view.refused.as_ref().and_then(|one| one.address.as_ref());
    html! {
        @if is_editable(view) {
            section.history aria-labelledby="change" {
                h2 #change { (words.change_order()) }
                p { (words.change_order_text()) }
                @for (place, line) in order.lines.iter().enumerate().filter(|(_, line)| line.quantity > 0) {
                    @let product = view.products.get(place).and_then(Option::as_ref);
                    @let (name, _) = lines::names(site, product, &line.title);
                    (form(site, view, "set_quantity", html! {
                        input type="hidden" name="line" value=(place);
                        label for={ "q-" (place) } { span lang=[name.lang] { (name.text) } }
                        span.stepper {
                            input id={ "q-" (place) } type="number" name="quantity" min="0"
                                max=(line.quantity) value=(line.quantity) required;
                        }
                        button.quiet { (words.change_quantity()) }
                    }))
                }
                details.code open[address.is_some()] {
                    summary { (words.change_address()) }
                    (form(site, view, "set_address", fields(site, order, address)))
                }
                details.code {
                    summary { (words.cancel_order()) }
                    p { (words.cancel_order_text()) }
                    (form(site, view, "cancel", html! { button.quiet { (words.cancel_order_now()) } }))
                }
            }
        }
    }
}

fn is_editable(view: &OrderView) -> bool {
    let status = view.record.progress.status;
    matches!(status, Status::AwaitingPayment | Status::Confirmed)
}

fn form(site: &Site<'_>, view: &OrderView, action: &str, content: Markup) -> Markup {
    let path = links::page(site.locale, &paths::change(&view.record.order.id));
    html! {
        form.add[action == "set_quantity"] method="post" action=(path) {
            input type="hidden" name="token" value=(view.token);
            input type="hidden" name="key" value=(view.change_key);
            input type="hidden" name="action" value=(action);
            (content)
        }
    }
}

/// The fields of an address, within the order's country: in another one it would cost something else.
fn fields(site: &Site<'_>, order: &StoredOrder, typed: Option<&FormState>) -> Markup {
    let address = &order.details.shipping_address;
    let own = || FormState {
        values: [
            ("country", &address.country),
            ("region", &address.region),
            ("city", &address.city),
            ("postal_code", &address.postal_code),
            ("line1", &address.line1),
            ("line2", &address.line2),
        ]
        .map(|(name, value)| (name, value.clone()))
        .into(),
        errors: Vec::new(),
    };
    let form = typed.cloned().unwrap_or_else(own);
    html! {
        input type="hidden" name="country" value=(form.value("country"));
        @for field in address_fields(&form) { (fields::field(site, &form, field)) }
        button.quiet { (site.words.change_address()) }
    }
}
