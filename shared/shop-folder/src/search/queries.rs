//! Rules of queries: pins, hides, filters, redirects, and where they contradict each other.

use souk_search::rules::{Action, QueryFilter, QueryRule};
use souk_shop::Target;

use super::{Reading, tables};
use crate::document::Node;
use crate::problem::{Problem, suggestion};
use crate::settings::{self, Reference};

/// A kind of rules, and the list that has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pins,
    Hides,
    Filters,
    Redirects,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Pins, Kind::Hides, Kind::Filters, Kind::Redirects];

    fn list(self) -> &'static str {
        match self {
            Kind::Pins => "pins",
            Kind::Hides => "hides",
            Kind::Filters => "filters",
            Kind::Redirects => "redirects",
        }
    }
}

/// A rule with its place.
struct Placed<'a> {
    kind: Kind,
    node: Node<'a>,
    /// The words of the query; none for every query.
    words: Vec<String>,
    rule: QueryRule,
}

impl Placed<'_> {
    /// Whether both are about the same query in the same way, apart from the language.
    fn is_of(&self, other: &Self) -> bool {
        self.words == other.words && self.rule.is_contained == other.rule.is_contained
    }

    /// Whether every query in which `other` is used is one of this rule.
    fn covers(&self, other: &Self) -> bool {
        self.rule.language.is_none() || self.rule.language == other.rule.language
    }
}

impl Reading<'_> {
    /// All rules of queries.
    pub(super) fn queries(&mut self, root: &Node<'_>) {
        let mut placed: Vec<Placed<'_>> = Vec::new();
        for kind in Kind::ALL {
            for node in tables(root, kind.list()) {
                placed.extend(self.rule(kind, node));
            }
        }
        for (place, one) in placed.iter().enumerate() {
            let problem = twice(one, &placed[..place])
                .or_else(|| redirected(one, &placed))
                .or_else(|| hidden(one, &placed));
            self.problems.extend(problem);
        }
        let rules = placed.into_iter().map(|one| one.rule);
        self.rules.queries.extend(rules);
    }

    fn rule<'a>(&mut self, kind: Kind, node: Node<'a>) -> Option<Placed<'a>> {
        let language = self.language(&node);
        let query = match node.get("query") {
            Some(query) => self.phrase(&query),
            // Only products can be hidden from every search: the shape reports the others.
            None => (kind == Kind::Hides).then(Default::default),
        };
        let action = match kind {
            Kind::Pins => self.products(&node).map(Action::Pin),
            Kind::Hides => self.products(&node).map(Action::Hide),
            Kind::Filters => self.filter(&node).map(Action::Filter),
            Kind::Redirects => self.redirect(&node).map(Action::Redirect),
        };
        let ((query, words), action, Ok(language)) = (query?, action?, language) else {
            return None;
        };
        let is_contained = node.text_of("match") == "contains";
        if let (true, Some(node)) = (query.is_empty(), node.get("match")) {
            let reason = "match without a query says nothing";
            self.problems
                .push(node.key_error(reason, "write query = \"…\" or take match away"));
        }
        Some(Placed {
            kind,
            node,
            words,
            rule: QueryRule {
                language,
                query,
                is_contained,
                action,
            },
        })
    }

    /// The products of a rule; `None` where none of them exists.
    fn products(&mut self, rule: &Node<'_>) -> Option<Vec<String>> {
        let list = rule.get("products");
        let slugs = self.list(list.as_ref(), |reading, item| reading.known_product(item));
        (!slugs.is_empty()).then_some(slugs)
    }

    fn filter(&mut self, rule: &Node<'_>) -> Option<QueryFilter> {
        const FACETS: [&str; 8] = [
            "collection",
            "types",
            "vendors",
            "tags",
            "options",
            "price_min",
            "price_max",
            "in_stock",
        ];
        if FACETS.iter().all(|name| rule.get(name).is_none()) {
            let reason = "the filter does not say what products have to have";
            let instead = format!("write one of {}", FACETS.join(", "));
            self.problems.push(rule.key_error(reason, instead));
            return None;
        }
        let get = |name: &str| rule.get(name);
        let switch = |name: &str| get(name).and_then(|node| node.switch()).unwrap_or_default();
        let collection = get("collection");
        let mut amount = |name: &str| {
            let node = rule.get(name)?;
            settings::amount(&node, self.context.currency, self.problems)
        };
        let (price_min_minor, price_max_minor) = (amount("price_min"), amount("price_max"));
        if let (Some(min), Some(max)) = (price_min_minor, price_max_minor)
            && min > max
        {
            let reason = "price_min is above price_max, so no product has such a price";
            self.problems
                .push(rule.key_error(reason, "write the lower one as price_min"));
        }
        let filter = QueryFilter {
            collection: collection.and_then(|node| self.known_collection(&node)),
            types: self.known_types(get("types").as_ref()),
            vendors: self.list(get("vendors").as_ref(), |reading, item| {
                reading.known_vendor(item)
            }),
            tags: self.list(get("tags").as_ref(), |reading, item| {
                reading.known_tag(item)
            }),
            options: self.options(get("options").as_ref()),
            price_min_minor,
            price_max_minor,
            in_stock: switch("in_stock"),
            drops_words: false,
        };
        // Of names that do not exist nothing is left.
        let is_filter = filter != QueryFilter::default();
        is_filter.then(|| QueryFilter {
            drops_words: switch("drop_words"),
            ..filter
        })
    }

    /// Names of options with their values, as far as they exist.
    fn options(&mut self, node: Option<&Node<'_>>) -> Vec<(String, Vec<String>)> {
        let mut options = Vec::new();
        for (name, list) in node.into_iter().flat_map(Node::entries) {
            let names = self.context.names;
            let values = names.map(|names| names.values(name));
            if let (Some(names), Some(None)) = (names, values) {
                let reason = format!("there is no option '{name}'");
                let instead = suggestion(name, names.options());
                self.report_missing(list.key_error(reason, instead));
                continue;
            }
            let values = values.flatten();
            let found = self.list(Some(&list), |reading, item| {
                let value = item.text()?;
                if values.is_none_or(|values| values.contains(value)) {
                    return Some(value.to_owned());
                }
                let reason = format!("no product has the {name} '{value}'");
                let known = values.into_iter().flatten().copied();
                let instead = suggestion(value, known);
                reading.report_missing(item.error(reason, instead));
                None
            });
            if !found.is_empty() {
                options.push((name.to_owned(), found));
            }
        }
        options
    }

    fn redirect(&mut self, rule: &Node<'_>) -> Option<String> {
        let node = rule.get("to")?;
        let path = node.text()?;
        let first = path.trim_start_matches('/');
        let first = first.split(['/', '?', '#']).next().unwrap_or_default();
        let mut further = self.context.languages.iter().skip(1);
        if further.any(|code| code == first) {
            let reason = format!("'{path}' has a language, '{first}'");
            let instead = "write the path without it: shoppers stay in their language";
            self.problems.push(node.error(reason, instead));
            return None;
        }
        if first == "search" {
            let reason = "a search that leads to a search may lead back";
            let instead = "write a page or a collection, or a filter instead";
            self.problems.push(node.error(reason, instead));
            return None;
        }
        let reference = match settings::target(path) {
            // What the shape has reported.
            Target::Address(_) => return None,
            target => Reference::of(target, &node),
        };
        let names = self.context.names;
        let missing = names.and_then(|names| reference?.check(names.known));
        match missing {
            Some(problem) => {
                self.report_missing(problem);
                None
            }
            None => Some(path.to_owned()),
        }
    }
}

/// Where the same query has such a rule in the same language already.
fn twice(one: &Placed<'_>, before: &[Placed<'_>]) -> Option<Problem> {
    let mut before = before.iter();
    let other = before.find(|other| {
        other.kind == one.kind && other.is_of(one) && other.rule.language == one.rule.language
    })?;
    let (line, list) = (other.node.line(), one.kind.list());
    let reason = match one.rule.query.as_str() {
        "" => format!("products are hidden from every search at line {line} already"),
        query => format!("'{query}' has {list} at line {line} already"),
    };
    let instead = match one.kind {
        Kind::Redirects => "keep one of the two",
        Kind::Pins | Kind::Hides | Kind::Filters => "put both into one",
    };
    Some(one.node.key_error(reason, instead))
}

/// Where shoppers never see what the rule does.
fn redirected(one: &Placed<'_>, all: &[Placed<'_>]) -> Option<Problem> {
    if one.kind == Kind::Redirects {
        return None;
    }
    let mut redirects = all.iter().filter(|other| other.kind == Kind::Redirects);
    let other = redirects.find(|other| other.is_of(one) && other.covers(one))?;
    let (line, query) = (other.node.line(), &one.rule.query);
    let reason = format!("'{query}' is redirected at line {line}, so this is never used");
    Some(one.node.key_error(reason, "take one of the two away"))
}

/// Where a product that the rule pins is hidden by another one for the same query.
fn hidden(one: &Placed<'_>, all: &[Placed<'_>]) -> Option<Problem> {
    let Action::Pin(pinned) = &one.rule.action else {
        return None;
    };
    all.iter().find_map(|other| {
        let Action::Hide(hidden) = &other.rule.action else {
            return None;
        };
        let is_of = other.words.is_empty() || other.is_of(one);
        if !is_of || !other.covers(one) {
            return None;
        }
        let slug = pinned.iter().find(|slug| hidden.contains(slug))?;
        let reason = format!("'{slug}' is hidden at line {}", other.node.line());
        Some(one.node.key_error(reason, "take it away here or there"))
    })
}
