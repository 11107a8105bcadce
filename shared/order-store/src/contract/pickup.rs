//! Statements on orders that buyers collect: an order keeps the point as it was called then, and is
//! placed with one of those that the terms have.

use souk_pricing::{Method, MethodKind, PickupPoint, Terms, Title};
use souk_protocol::origin::{DeliveryTitle, OrderPoint, SubmitReply};

use super::Fixture;
use super::prices::{facts, offer, quoted, terms};
use super::shop::{Shop, order};
use crate::SubmitOrder;

fn title(own: &str, german: &str) -> Title {
    Title {
        own: own.to_owned(),
        others: vec![("de".to_owned(), german.to_owned())],
    }
}

/// The way of delivery costs the same as the other one, and has two points.
fn with_points() -> Terms {
    let plain = terms(None, None);
    let point = |id: &str, title: Title, address: &[&str]| PickupPoint {
        id: id.to_owned(),
        title,
        address: address.iter().map(|&line| line.to_owned()).collect(),
    };
    let collect = Method {
        id: "collect".to_owned(),
        title: title("Collect", "Abholung"),
        kind: MethodKind::Pickup,
        points: vec![
            point("shop", title("Our shop", "Unser Laden"), &[]),
            point(
                "station",
                title("Station", "Bahnhof"),
                &["Platform 1", "Albany"],
            ),
        ],
        ..plain.methods[0].clone()
    };
    Terms {
        methods: [plain.methods.clone(), vec![collect]].concat(),
        ..plain
    }
}

/// An order of tea by a way of delivery, at a point.
fn collected<F: Fixture>(shop: &Shop<F>, delivery: &str, point: Option<&str>) -> SubmitOrder {
    let mut submit = quoted(shop, order("k", &[("tea", 1)]), &facts(1_000));
    submit.details.delivery = delivery.to_owned();
    let shown = submit.quote.as_mut().expect("a quote");
    shown.terms = with_points().stamp().to_string();
    shown.pickup_point = point.map(str::to_owned);
    submit
}

pub(super) fn an_order_keeps_where_its_buyer_collects<F: Fixture>(shop: &Shop<F>) {
    let tea = facts(1_000);
    shop.define(vec![offer(&[&tea], 9)]);
    let submit = collected(shop, "collect", Some("station"));
    let placed = match shop.submit_quoted(&with_points(), &submit) {
        SubmitReply::Accepted { order, .. } => *order,
        other => panic!("not accepted: {other:?}"),
    };
    let german = |text: &str| [("de".to_owned(), text.to_owned())].into();
    let kept = DeliveryTitle {
        own: "Collect".to_owned(),
        others: german("Abholung"),
        point: Some(OrderPoint {
            id: "station".to_owned(),
            own: "Station".to_owned(),
            others: german("Bahnhof"),
            address: vec!["Platform 1".to_owned(), "Albany".to_owned()],
        }),
    };
    assert_eq!(placed.delivery_title.as_deref(), Some(&kept));
    assert_eq!(shop.order(&placed.id), Some(placed.clone()));
    // The shop has moved: the order says where it was, however often it is sent.
    let order = Box::new(placed);
    let again = shop.submit_quoted(&terms(None, None), &submit);
    assert_eq!(again, SubmitReply::Exists { order });
}

pub(super) fn an_order_without_a_point_of_its_delivery_is_refused_and_nothing_is_written<
    F: Fixture,
>(
    shop: &Shop<F>,
) {
    let tea = facts(1_000);
    shop.define(vec![offer(&[&tea], 9)]);
    let books = shop.books();
    let cases = [
        ("collect", None),
        ("collect", Some("harbour")),
        ("post", Some("shop")),
    ];
    for (delivery, point) in cases {
        let submit = collected(shop, delivery, point);
        let refused = shop.submit_quoted(&with_points(), &submit);
        assert_eq!(refused, SubmitReply::DeliveryUnavailable, "{point:?}");
        assert_eq!(shop.books(), books);
    }
}
