//! A broken blob is an error, never a panic.

use bytes::Bytes;
use souk_domain::Locale;
use souk_search::query::{
    Filters, Learnt, Request, Searcher, Sort, Start, Steering, Stock, SuggestRequest,
};

use crate::shop::{Shop, product, ready};

#[test]
fn a_damaged_blob_is_an_error_and_not_a_panic() {
    let products: Vec<_> = (0..30)
        .map(|n| product(&format!("p{n}"), &format!("Lamp {n} 手机壳"), "Lamps"))
        .collect();
    let shop = Shop::of(&["zh"], &products);
    let index = shop.index.clone().unwrap();
    let names: Vec<_> = index.names.iter().copied().collect();
    let (filters, steering) = (Filters::default(), Steering::default());
    let locale: Locale = shop.locale(0);
    for name in names {
        let whole = shop.store.blobs.borrow()[&name].clone();
        let step = (whole.len() / 40).max(1);
        for at in (0..whole.len()).step_by(step) {
            for mask in [0x01, 0x80, 0xFF] {
                let mut broken = whole.to_vec();
                broken[at] ^= mask;
                if mask == 0xFF && at % 2 == 0 {
                    broken.truncate(at);
                }
                shop.store
                    .blobs
                    .borrow_mut()
                    .insert(name, Bytes::from(broken));
                let Ok(searcher) = ready(Searcher::open(&shop.store, index.root)) else {
                    continue;
                };
                for text in ["lamp 手机", "lmap", "shouji", "手级"] {
                    for sort in [
                        Sort::Relevance,
                        Sort::Newest,
                        Sort::Title,
                        Sort::PriceAscending,
                    ] {
                        let request = Request {
                            text,
                            locale,
                            filters: &filters,
                            sort,
                            popular: &[],
                            learnt: Learnt {
                                factor: Some(&|_| 256),
                            },
                            start: Start::default(),
                            limit: 5,
                            facets: true,
                            related: true,
                            steering: &steering,
                            stock: Stock::default(),
                        };
                        let _ = ready(searcher.answer(&shop.store, &request));
                    }
                }
                let request = SuggestRequest {
                    text: "la",
                    locale,
                    limit: 5,
                    steering: &steering,
                };
                let _ = ready(searcher.suggest(&shop.store, &request));
            }
        }
        shop.store.blobs.borrow_mut().insert(name, whole);
    }
}
