//! Orders without buyers.

use std::collections::BTreeMap;

/// Items of a basket whose pairs count. What a reseller orders by the hundred says little about
/// what goes together.
pub const BASKET_ITEMS_MAX: usize = 50;

/// What was ordered: baskets of items by their names, such as slugs or SKUs.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Items by their names.
    items: BTreeMap<String, u32>,
    orders: BTreeMap<String, Basket>,
}

/// What was in an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Basket {
    /// Days since 1970; the first one that a line of the order has.
    pub(crate) day: u32,
    /// Each once, ascending.
    pub(crate) items: Vec<u32>,
}

impl History {
    /// Adds a line of an order. An item counts once in an order, however often it is added.
    pub fn add(&mut self, order: &str, item: &str, day: u32) {
        let number = match self.items.get(item) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.items.len()).expect("fewer than 2^32 items");
                self.items.insert(item.to_owned(), number);
                number
            }
        };
        let basket = match self.orders.get_mut(order) {
            Some(basket) => basket,
            None => {
                let empty = Basket {
                    day,
                    items: Vec::new(),
                };
                self.orders.entry(order.to_owned()).or_insert(empty)
            }
        };
        basket.day = basket.day.min(day);
        if let Err(place) = basket.items.binary_search(&number) {
            basket.items.insert(place, number);
        }
    }

    /// How many orders there are.
    pub fn orders(&self) -> usize {
        self.orders.len()
    }

    /// How many items there are.
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// The day of the last order, in days since 1970; 0 where there is none.
    pub fn last_day(&self) -> u32 {
        self.baskets().map(|basket| basket.day).max().unwrap_or(0)
    }

    /// The names of the items, each once, ascending.
    pub fn item_names(&self) -> impl Iterator<Item = &str> {
        self.items.keys().map(String::as_str)
    }

    /// The names of the items of each order, by the names of the orders.
    pub fn basket_names(&self) -> impl Iterator<Item = impl Iterator<Item = &str>> {
        let names = self.names();
        self.orders.values().map(move |basket| {
            let names: Vec<&str> = (basket.items.iter())
                .map(|item| names[*item as usize])
                .collect();
            names.into_iter()
        })
    }

    pub(crate) fn baskets(&self) -> impl Iterator<Item = &Basket> {
        self.orders.values()
    }

    /// The names of the items, by their numbers.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = vec![""; self.items.len()];
        for (name, number) in &self.items {
            names[*number as usize] = name;
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_counts_once_in_an_order() {
        let mut history = History::default();
        for (order, item, day) in [("1", "b", 9), ("1", "a", 8), ("1", "b", 9), ("2", "a", 3)] {
            history.add(order, item, day);
        }
        let sizes: Vec<_> = history.baskets().map(|basket| basket.items.len()).collect();
        assert_eq!((sizes, history.items()), (vec![2, 1], 2));
        assert_eq!(history.baskets().next().map(|basket| basket.day), Some(8));
        assert_eq!(history.last_day(), 8);
        assert_eq!(history.names(), ["b", "a"]);
    }
}
