//! `promotions.toml`: promotions, of which those of class `sale` become prices.

use std::collections::BTreeSet;

use souk_pricing::{Action, Class, CodeHash, Cut, Minimum, Percent, Promotion, Run, Step};

use super::keys::STACKED_CLASSES;
use super::sale::Sale;
use super::{Reading, tables};
use crate::document::Node;
use crate::moment::{End, Moment};

/// In the order of [`STACKED_CLASSES`].
const CLASSES: [Class; 3] = [Class::Line, Class::Order, Class::Delivery];

/// Keys that say nothing about a price.
const NOT_OF_SALES: [&str; 9] = [
    "tiers",
    "group",
    "exclusive",
    "stacks_with",
    "codes",
    "when",
    "max_discount",
    "max_uses",
    "max_uses_per_buyer",
];

/// Actions and the keys that they consist of.
const ACTIONS: &str = "write one of { percent }, { amount }, { every, amount }, { buy, get, percent }, \
                       { steps } and { free = true }";

/// Codes of the currencies that a promotion needs amounts in.
type Currencies = BTreeSet<&'static str>;

impl Reading<'_> {
    /// In the order of their ids, so that the order of the file makes no difference.
    pub(super) fn promotions(&mut self, root: &Node<'_>) {
        let mut nodes: Vec<_> = tables(root, "promotion")
            .into_iter()
            .map(|node| (self.unique(&node, "promotion"), node))
            .collect();
        nodes.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (id, node) in nodes {
            if node.text_of("class") == "sale" {
                let sale = self.sale(&node);
                self.sales.extend(sale);
            } else {
                let promotion = self.promotion(id, &node);
                self.terms.promotions.extend(promotion);
            }
        }
    }

    fn promotion(&mut self, id: String, node: &Node<'_>) -> Option<Promotion> {
        let class = named(&node.text_of("class"));
        let runs = self.runs(node);
        let currencies = self.currencies_of(&runs);
        let action = class.and_then(|class| self.action(node, class, &currencies));
        let selector = node.get("products").map(|node| self.selector(&node));
        let products = match selector {
            Some(selector) => Some(self.group(selector)?),
            None => None,
        };
        let when = self.minimum(
            node.get("when").as_ref(),
            "subtotal_min",
            "units_min",
            &currencies,
        );
        let title = self.title(node);
        let number = |name: &str| node.get(name).and_then(|node| node.integer());
        let count = |name: &str| number(name).and_then(|count| u32::try_from(count).ok());
        let group = node.text_of("group");
        let stacks_with = node
            .get("stacks_with")
            .map_or_else(Vec::new, |node| node.items());
        let mut stacks_with: Vec<_> = stacks_with
            .iter()
            .filter_map(|item| named(item.text()?))
            .collect();
        stacks_with.sort_unstable();
        stacks_with.dedup();
        Some(Promotion {
            id,
            title,
            class: class?,
            runs,
            tiers: crate::settings::texts(node.get("tiers").as_ref()),
            priority: priority(node),
            group: (!group.is_empty()).then_some(group),
            is_exclusive: node
                .get("exclusive")
                .and_then(|node| node.switch())
                .unwrap_or_default(),
            stacks_with,
            codes: node.get("codes").map(|codes| hashes(&codes)),
            when,
            products,
            action: action?,
            discount_max: self.amounts(node.get("max_discount").as_ref(), &currencies),
            uses_max: count("max_uses"),
            uses_per_buyer_max: count("max_uses_per_buyer"),
        })
    }

    fn sale(&mut self, node: &Node<'_>) -> Option<Sale> {
        for name in NOT_OF_SALES {
            if let Some(node) = node.get(name) {
                let reason = "a sale changes prices, for everybody and every cart";
                let instead = "take the key away, or choose another class";
                self.problems.push(node.key_error(reason, instead));
            }
        }
        self.title(node);
        let runs = self.runs(node);
        let currencies = self.currencies_of(&runs);
        let products = node.get("products").map(|node| self.selector(&node));
        let action = node.get("action")?;
        match self.action(node, Class::Line, &currencies) {
            Some(Action::Cut(cut)) => Some(Sale {
                priority: priority(node),
                runs,
                products,
                cut,
            }),
            Some(Action::Every { .. } | Action::BuyGet { .. } | Action::Steps(_)) => {
                let reason = "a sale takes a percentage or an amount off a price";
                let instead = "write { percent = … } or { amount = … }";
                self.problems.push(action.key_error(reason, instead));
                None
            }
            None => None,
        }
    }

    /// The markets in which it runs, with the moments there.
    fn runs(&mut self, node: &Node<'_>) -> Vec<Run> {
        let mut markets = self.named_markets(node);
        if markets.is_empty() {
            markets = self.all_markets();
        }
        let moment = |name: &str| node.get(name).and_then(|node| Moment::parse(node.source()));
        let (from, until) = (moment("from"), moment("until"));
        let mut runs = Vec::new();
        for market in markets {
            let offsets = &self.markets[usize::from(market)].offsets;
            runs.push(Run {
                market,
                from_ms: from.map(|from| from.at_ms(offsets, End::From)),
                until_ms: until.map(|until| until.at_ms(offsets, End::Until)),
            });
        }
        let is_empty = |run: &Run| match (run.from_ms, run.until_ms) {
            (Some(from_ms), Some(until_ms)) => until_ms <= from_ms,
            _ => false,
        };
        if let (true, Some(until)) = (runs.iter().any(is_empty), node.get("until")) {
            let reason = "it would end before it begins";
            self.problems
                .push(until.error(reason, "write a later moment than from"));
        }
        for name in ["from", "until"] {
            if let (None, Some(node)) = (moment(name), node.get(name)) {
                let reason = format!("{} has no date", node.source());
                self.problems
                    .push(node.error(reason, "write a date such as 2026-11-27"));
            }
        }
        runs
    }

    fn currencies_of(&self, runs: &[Run]) -> Currencies {
        let markets: Vec<_> = runs.iter().map(|run| run.market).collect();
        self.currencies(&markets)
    }

    fn minimum(
        &mut self,
        node: Option<&Node<'_>>,
        subtotal: &str,
        units: &str,
        currencies: &Currencies,
    ) -> Minimum {
        let get = |name: &str| node.and_then(|node| node.get(name));
        let count = get(units).and_then(|node| node.integer());
        Minimum {
            subtotal: self.amounts(get(subtotal).as_ref(), currencies),
            units: count
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or(0),
        }
    }

    fn action(&mut self, node: &Node<'_>, class: Class, currencies: &Currencies) -> Option<Action> {
        let node = node.get("action")?;
        let entries = node.entries();
        let mut keys: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
        keys.sort_unstable();
        let get = |name: &str| node.get(name);
        let number = |name: &str| {
            let number = get(name).and_then(|node| node.integer());
            number.and_then(|number| u32::try_from(number).ok())
        };
        let action = match keys.as_slice() {
            ["percent"] | ["amount"] => Action::Cut(self.cut(&node, currencies)?),
            ["amount", "every"] => Action::Every {
                every: self.amounts(get("every").as_ref(), currencies),
                amount: self.amounts(get("amount").as_ref(), currencies),
            },
            ["buy", "get"] | ["buy", "get", "percent"] => Action::BuyGet {
                buy: number("buy")?,
                get: number("get")?,
                percent: percent(&node).unwrap_or(Percent::HUNDRED),
            },
            ["steps"] => Action::Steps(self.steps(&node, currencies)),
            ["free"] if get("free").and_then(|node| node.switch()) == Some(true) => {
                Action::Cut(Cut::Percent(Percent::HUNDRED))
            }
            _ => {
                let reason = "these keys together are no action";
                self.problems.push(node.key_error(reason, ACTIONS));
                return None;
            }
        };
        let instead = match &action {
            Action::BuyGet { .. } if class != Class::Line => "write class = \"line\"",
            _ if keys == ["free"] && class != Class::Delivery => "write class = \"delivery\"",
            _ => return self.checked(&node, action),
        };
        let reason = format!("a promotion of class {} cannot do this", class.name());
        self.problems.push(node.key_error(reason, instead));
        None
    }

    /// The action, if its percentages and steps make sense.
    fn checked(&mut self, node: &Node<'_>, action: Action) -> Option<Action> {
        if let Some(percent_node) = node.get("percent")
            && percent(node).is_some_and(|percent| percent > Percent::HUNDRED)
        {
            let reason = "more than all of it cannot be taken off";
            self.problems
                .push(percent_node.error(reason, "write 100 at most"));
        }
        if let (Action::Every { every, .. }, Some(every_node)) = (&action, node.get("every"))
            && every.0.iter().any(|amount| amount.minor == 0)
        {
            let reason = "0 is reached without end";
            self.problems
                .push(every_node.error(reason, "write an amount above 0"));
        }
        Some(action)
    }

    /// A percentage or an amount; `None` where there is not one of them.
    fn cut(&mut self, node: &Node<'_>, currencies: &Currencies) -> Option<Cut> {
        match (node.get("percent"), node.get("amount")) {
            (Some(_), None) => percent(node).map(Cut::Percent),
            (None, Some(amount)) => Some(Cut::Amount(self.amounts(Some(&amount), currencies))),
            _ => {
                let reason = "one of percent and amount is needed";
                self.problems
                    .push(node.key_error(reason, "write percent = \"10\""));
                None
            }
        }
    }

    fn steps(&mut self, node: &Node<'_>, currencies: &Currencies) -> Vec<Step> {
        let mut steps = Vec::new();
        for step in tables(node, "steps") {
            let at = self.minimum(step.get("at").as_ref(), "subtotal", "units", currencies);
            if at == Minimum::default() {
                let reason = "the step does not say what has to be reached";
                let instead = "write at = { subtotal = … } or at = { units = … }";
                self.problems.push(step.key_error(reason, instead));
            }
            let cut = self.cut(&step, currencies);
            steps.extend(cut.map(|cut| Step { at, cut }));
        }
        steps
    }
}

fn named(class: &str) -> Option<Class> {
    let place = STACKED_CLASSES.iter().position(|known| *known == class);
    place.map(|place| CLASSES[place])
}

fn priority(node: &Node<'_>) -> i32 {
    let priority = node.get("priority").and_then(|node| node.integer());
    priority
        .and_then(|one| i32::try_from(one).ok())
        .unwrap_or(0)
}

fn percent(node: &Node<'_>) -> Option<Percent> {
    Percent::parse(&node.text_of("percent")).ok()
}

fn hashes(codes: &Node<'_>) -> Vec<CodeHash> {
    let codes = crate::settings::texts(Some(codes));
    let mut hashes: Vec<_> = codes.iter().map(|code| CodeHash::of(code)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}
