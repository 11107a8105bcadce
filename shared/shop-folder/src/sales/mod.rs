//! The sales of a shop: `sales/ID/sale.toml`, each as the [`Sale`] of a version.
//!
//! - `context`: what the files are read with; `keys`: the keys of the file; `file`: one file, and the
//!   sessions that it means; `goods` and `items`: what it sells; `prices`: what that costs over time, and
//!   what it is compared with; `room`: what is unwise with a waiting room.
//!
//! Invariants: every problem of every file is reported at once, at its place. Files without an error
//! give sales that can be published: no two sessions of them have one number, and each fits the blob of
//! a version.
//!
//! Not here: prior prices, which follow from the origin's ledger (`souk`); units, which are moved when
//! a session is scheduled.

mod context;
mod file;
mod goods;
mod items;
mod keys;
mod prices;
mod room;

use std::collections::BTreeMap;

use souk_catalogue::Sale;

pub use context::Context;
pub(crate) use keys::SALE_FILE_KEYS;

use self::file::Reading;
use self::goods::Goods;
use crate::problem::Problem;

/// Sales of a shop, at most: the manifest names each of them.
const SALES_MAX: usize = 100;

/// The texts of the files by their paths.
pub type SaleFiles<'f> = BTreeMap<&'f str, &'f str>;

/// The sale that a file is of; `None` for a file of another kind.
pub fn id_of(path: &str) -> Option<&str> {
    let id = path.strip_prefix("sales/")?.strip_suffix("/sale.toml")?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

/// Reads the files; gives the sales in the order of their ids. What comes back has to be used only where
/// no error was added.
pub fn read(
    files: &SaleFiles<'_>,
    context: &Context<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Sale> {
    let goods = Goods::of(context.products);
    let mut sales = Vec::new();
    for (path, text) in files {
        let Some(id) = id_of(path) else {
            continue;
        };
        let mut reading = Reading {
            id,
            path,
            context,
            goods: &goods,
            problems,
        };
        sales.extend(reading.sale(text));
    }
    if let Some((path, _)) = files.iter().nth(SALES_MAX) {
        let reason = format!(
            "the shop has {} sales; {SALES_MAX} are possible",
            files.len()
        );
        let problem = Problem::of_file(path, reason, "take away those that are over");
        problems.push(problem);
    }
    check_numbers(&sales, problems);
    sales
}

/// Reports sessions that have the number of another one.
fn check_numbers(sales: &[Sale], problems: &mut Vec<Problem>) {
    let mut known = BTreeMap::new();
    let sessions = sales.iter().flat_map(|sale| {
        let sessions = sale.sessions.iter();
        sessions.map(move |session| (sale, session))
    });
    for (sale, session) in sessions {
        if let Some(other) = known.insert(session.number, &sale.id) {
            let path = format!("sales/{}/sale.toml", sale.id);
            let number = session.number;
            let reason = format!("a session has the number {number}, as one of the sale '{other}'");
            let instead = "let it open at another second";
            problems.push(Problem::of_file(&path, reason, instead));
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_room::Session;

    use super::*;

    #[test]
    fn sessions_with_one_number_are_reported() {
        let sale = |id: &str, numbers: &[u32]| Sale {
            id: id.to_owned(),
            sessions: {
                let sessions = numbers.iter().map(|&number| Session {
                    number,
                    gathers_at_ms: 0,
                    opens_at_ms: 0,
                    closes_at_ms: 0,
                });
                sessions.collect()
            },
            ..Sale::default()
        };
        let reported = |sales: &[Sale]| {
            let mut problems = Vec::new();
            check_numbers(sales, &mut problems);
            problems.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(reported(&[sale("a", &[1, 2]), sale("b", &[3])]).is_empty());
        let twice = "sales/b/sale.toml: a session has the number 2, as one of the sale 'a'; let it open \
                     at another second";
        assert_eq!(reported(&[sale("a", &[1, 2]), sale("b", &[2])]), [twice]);
    }

    #[test]
    fn a_sale_has_a_folder_of_its_own() {
        assert_eq!(id_of("sales/drop/sale.toml"), Some("drop"));
        for other in [
            "sales/sale.toml",
            "sales//sale.toml",
            "sales/a/b/sale.toml",
            "sales/drop/notes.txt",
            "content/sales/drop/sale.toml",
        ] {
            assert_eq!(id_of(other), None, "{other}");
        }
    }
}
