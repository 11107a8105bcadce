//! Where buyers collect, at the checkout: below the way of delivery that has such points.
//!
//! Not here: whether an order names a point that there is (the use case), the point of an order that is
//! placed (`order`).

use maud::{Markup, html};

use crate::fields::{self, Choice};
use crate::view::{CheckoutView, Site};

/// The field of the form.
const FIELD: &str = "pickup_point";

/// The points of the chosen delivery; the only one is no choice. What was chosen stays in the form while
/// another delivery is chosen.
pub(super) fn choice(site: &Site<'_>, view: &CheckoutView) -> Markup {
    let quote = view.cart.quote.iter();
    let mut options = quote.flat_map(|quote| &quote.delivery_options);
    let chosen = options.find(|option| Some(&option.id) == view.delivery.as_ref());
    let points = chosen.map_or(&[][..], |option| option.points.as_slice());
    let legend = site.words.pickup_point();
    let value = view.form.value(FIELD);
    let addresses = points.iter().map(|point| point.address.join(", "));
    let addresses: Vec<_> = addresses.collect();
    let named = points.iter().zip(&addresses);
    let choices = named.map(|(point, address)| Choice {
        value: &point.id,
        title: &point.title,
        cost: "",
        text: address,
    });
    let choices: Vec<_> = choices.collect();
    html! {
        @match choices.as_slice() {
            [] => {
                @if !value.is_empty() { input type="hidden" name=(FIELD) value=(value); }
            }
            [only] => p.note { (legend) (site.words.colon()) b { (only.title) } " " (only.text) },
            several => (fields::radios_with(site, &view.form, (FIELD, legend), several, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_protocol::quotes::PickupPoint;

    use super::*;
    use crate::sample;

    /// The checkout with an express delivery that has `count` points.
    fn shown(count: usize, value: &str) -> String {
        let mut view = sample::checkout();
        view.form.values.push((FIELD, value.to_owned()));
        let quote = view.cart.quote.as_mut().expect("the sample has a price");
        let names = ["shop", "station"].into_iter().take(count);
        quote.delivery_options[1].points = names
            .map(|id| PickupPoint {
                id: id.to_owned(),
                title: format!("The <{id}>"),
                address: vec!["1 Main Street".to_owned(), "Albany".to_owned()],
            })
            .collect();
        choice(&sample::site(sample::EN), &view).into_string()
    }

    #[test]
    fn one_of_several_points_is_chosen_by_the_shopper() {
        let html = shown(2, "");
        assert!(html.contains("<legend>Pickup point</legend>"), "{html}");
        assert!(html.contains("The &lt;station&gt;"), "{html}");
        assert!(html.contains("1 Main Street, Albany"), "{html}");
        assert_eq!(html.matches("type=\"radio\"").count(), 2, "{html}");
        assert!(!html.contains(" checked"), "{html}");
        let html = shown(2, "station");
        assert!(
            html.contains("value=\"station\" required checked"),
            "{html}"
        );
        assert_eq!(html.matches(" checked").count(), 1, "{html}");
    }

    #[test]
    fn an_error_stands_beside_the_points() {
        let mut view = sample::checkout();
        let error = view.form.errors.first_mut().expect("the sample has errors");
        FIELD.clone_into(&mut error.pointer);
        let quote = view.cart.quote.as_mut().expect("the sample has a price");
        quote.delivery_options[1].points = vec![PickupPoint::default(); 2];
        let html = crate::checkout(&sample::site(sample::EN), &view);
        for needed in [
            "<a href=\"#f-pickup_point\">Choose one of the options</a>",
            "id=\"f-pickup_point\"",
            "id=\"e-pickup_point\"",
        ] {
            assert_eq!(html.matches(needed).count(), 1, "{needed}: {html}");
        }
    }

    #[test]
    fn the_only_point_is_named_and_without_points_a_choice_is_kept() {
        let html = shown(1, "");
        assert!(
            html.contains("Pickup point: <b>The &lt;shop&gt;</b>"),
            "{html}"
        );
        assert!(!html.contains("<input"), "{html}");
        assert_eq!(shown(0, ""), "");
        let html = shown(0, "station");
        assert_eq!(
            html,
            r#"<input type="hidden" name="pickup_point" value="station">"#
        );
    }
}
