//! The pages of a sale with a waiting room in each of its states.

use souk_catalogue::Text;

use super::{card, text};
use crate::view::{
    BuyView, LeftView, PastDrawView, PlaceState, PlaceView, QueueView, SaleItemView, SaleRoomView,
    SaleStands, SaleView, Site,
};
use crate::{buy, place, queue, sale};

const OPENS_MS: i64 = 1_794_326_400_000;

fn items() -> Vec<SaleItemView> {
    let mut card = card();
    card.product.variants.truncate(1);
    let item = SaleItemView {
        card,
        limit: 2,
        is_few: true,
    };
    vec![item.clone(), item]
}

fn sale_view(title: &Text, stands: SaleStands, asks_email: bool) -> SaleView<'_> {
    let is_over = stands == SaleStands::Over;
    SaleView {
        id: "drop",
        title,
        stands,
        opens_at_ms: OPENS_MS,
        closes_at_ms: OPENS_MS + 7_200_000,
        items: items(),
        room: Some(SaleRoomView {
            gathers_at_ms: OPENS_MS - 1_800_000,
            asks_email,
            commitment: Some("ab".repeat(32)),
            key: is_over.then(|| "cd".repeat(32)),
            before: is_over.then(|| PastDrawView {
                opens_at_ms: OPENS_MS - 86_400_000,
                commitment: "ef".repeat(32),
                key: "01".repeat(32),
            }),
        }),
    }
}

/// A place in a state.
fn place_view(title: &Text, state: PlaceState) -> PlaceView<'_> {
    PlaceView {
        id: "drop",
        title,
        state,
        is_paused: false,
        ahead: Some(120),
        minutes: Some(4),
        left: Some(LeftView::Few),
        opens_at_ms: OPENS_MS,
        opens_in_ms: 90_000,
        buy_minutes: 5,
        code: Some("a-code".to_owned()),
        seed: "AAECAwQFBgcICQoLDA0ODw".to_owned(),
        rank: Some("0-00000000000000ff".to_owned()),
        ticket_path: "/api/v1/sales/drop/tickets/a".to_owned(),
        asks_email: true,
        wrong_email: Some("<for> Li".to_owned()),
    }
}

/// Every one of them, with its name.
pub(crate) fn sale_pages(site: &Site<'_>) -> Vec<(&'static str, String)> {
    let title = text("The <for> drop", "抢购");
    let stands = [
        SaleStands::Announced,
        SaleStands::Gathering,
        SaleStands::Open,
        SaleStands::Paused,
        SaleStands::Resting,
        SaleStands::SoldOut,
        SaleStands::Over,
    ];
    let states = [
        PlaceState::None,
        PlaceState::Gathering,
        PlaceState::Waiting,
        PlaceState::Called,
        PlaceState::Missed,
        PlaceState::SoldOut,
        PlaceState::Over,
    ];
    let stands = stands.into_iter().enumerate().map(|(at, stands)| {
        let view = sale_view(&title, stands, at % 2 == 0);
        ("sale", sale(site, &view))
    });
    let places = states.map(|state| ("place", place(site, &place_view(&title, state))));
    let chosen = BuyView {
        id: "drop",
        title: &title,
        code: "a-code",
        buy_minutes: 5,
        items: items(),
    };
    let chosen = ("choice of a sale", buy(site, &chosen));
    let queued = QueueView {
        ahead: Some(120),
        minutes: Some(3),
    };
    let queued = ("place before the checkout", queue(site, &queued));
    stands.chain(places).chain([chosen, queued]).collect()
}
